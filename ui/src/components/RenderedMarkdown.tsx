import MarkdownIt from "markdown-it";
import { useMemo } from "react";
import classes from "./Markdown.module.css";

// Without `html` no tag of the text reaches the page, and markdown-it lets no script into a link.
const markdown = new MarkdownIt({ html: false, linkify: true });

const asLink = markdown.renderer.rules.link_open;
markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
  tokens[index]!.attrSet("target", "_blank");
  tokens[index]!.attrSet("rel", "noreferrer noopener");
  return asLink ? asLink(tokens, index, options, env, self) : self.renderToken(tokens, index, options);
};

// A picture from elsewhere would tell strangers who reads this: it is shown as a link.
markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]!;
  const [source, name] = [token.attrGet("src") ?? "", token.content || "image"].map((part) => markdown.utils.escapeHtml(String(part)));
  return `<a href="${source}" target="_blank" rel="noreferrer noopener">${name}</a>`;
};

export default function RenderedMarkdown({ text }: { text: string }) {
  const html = useMemo(() => markdown.render(text), [text]);
  return <div className={classes.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
}

// @vitest-environment jsdom
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import RenderedMarkdown from "./RenderedMarkdown";

it("shows Markdown, and HTML in it as text", () => {
  const { container } = render(<RenderedMarkdown text={"# Head\n\n**bold** <img src=x onerror=alert(1)>"} />);
  expect(container.querySelector("h1")?.textContent).toBe("Head");
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("<img src=x onerror=alert(1)>");
});

it("lets no script into a link, and loads no pictures from elsewhere", () => {
  const { container } = render(<RenderedMarkdown text={"[a](javascript:alert(1)) ![b](https://example.com/x.png)"} />);
  expect([...container.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(["https://example.com/x.png"]);
  expect(container.querySelector("img")).toBeNull();
});

import { Button, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { CallError } from "@/api/client";
import { Failure } from "@/components/Failure";
import { signIn } from "./session";
import classes from "./SignIn.module.css";

/** Asks for name and password, or for a token, where the server wants to know who reads. */
export default function SignIn() {
  const [kind, setKind] = useState<"password" | "token">("password");
  const [name, setName] = useState("");
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<CallError | null>(null);
  const [isWaiting, setWaiting] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setWaiting(true);
    try {
      await signIn(kind === "token" ? { token: secret } : { name, password: secret });
    } catch (failure) {
      if (!(failure instanceof CallError)) throw failure;
      setError(failure.status === 401 ? new CallError(0, "", "The server does not know these. Check them, and try again.") : failure);
    } finally {
      setWaiting(false);
    }
  };
  return (
    <div className={classes.place}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <img src="./favicon.svg" alt="" width={32} height={32} />
        <h1>Sign in to Headrace</h1>
        {error && <Failure error={error} />}
        <SegmentedControl
          aria-label="Sign in with"
          fullWidth
          data={[
            { value: "password", label: "Password" },
            { value: "token", label: "Token" },
          ]}
          value={kind}
          onChange={(value) => setKind(value as "password" | "token")}
        />
        {kind === "password" && (
          <TextInput size="sm" label="Name" autoComplete="username" required autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        )}
        <PasswordInput
          size="sm"
          label={kind === "password" ? "Password" : "Token"}
          autoComplete={kind === "password" ? "current-password" : "off"}
          required
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        <Button type="submit" size="sm" loading={isWaiting}>
          Sign in
        </Button>
      </form>
    </div>
  );
}

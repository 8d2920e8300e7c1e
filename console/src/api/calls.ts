// Calls of the API, which stands at `api/` beside the page (docs/openapi.yaml).
import { access, token, tokenRefused } from "../access/access";

/** What was asked for and not answered; its message is a sentence for a person. */
export class Problem extends Error {
  constructor(
    /** Of HTTP; 0 where nobody answered. */
    readonly status: number,
    message: string,
    /** The part of the request that was wrong. */
    readonly field?: string,
  ) {
    super(message);
  }
}

interface Asked {
  query?: Record<string, string | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Throws `Problem`; an `AbortError` where the caller's signal said so. */
export async function ask<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
  const given = Object.entries(asked.query ?? {}).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const query = new URLSearchParams(given).toString();
  const key = token();
  if (key === null) throw refused();
  const headers: Record<string, string> = {
    accept: "application/json",
    authorization: `Bearer ${key}`,
    ...asked.headers,
  };
  if (asked.body !== undefined) headers["content-type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(`api${path}${query && `?${query}`}`, {
      method,
      headers,
      cache: "no-store",
      body: asked.body === undefined ? null : JSON.stringify(asked.body),
      signal: asked.signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, nobodyAnswers());
  }
  if (answer.status === 401) throw refused();
  if (!answer.ok) throw await problemIn(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

function refused(): Problem {
  tokenRefused();
  return new Problem(401, "The API did not accept the key.");
}

/** The path of something named by an id. */
export function pathOf(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

function nobodyAnswers(): string {
  const isLocal = access.value.is === "given" && access.value.isLocal;
  return isLocal ? "The console can't be reached. Is `faxledger console` still running?" : "The API can't be reached.";
}

async function problemIn(answer: Response): Promise<Problem> {
  const said = (await answer.json().catch(() => ({}))) as { detail?: string; message?: string; field?: string };
  const text = said.detail ?? said.message ?? "without saying why";
  return new Problem(answer.status, `${text} (${answer.status})`, said.field);
}

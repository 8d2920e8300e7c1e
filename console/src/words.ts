// The API's words as a person reads them. The words stay the same; only what joins them changes.
import type { Listed, Source } from "./api/documents";

/** In the order in which they are drawn: those who tell at once first, then those who are asked. */
export const SOURCES: readonly Source[] = ["callback", "notify", "email", "poll", "feed", "handover"];

/** What becomes of a fax or a submission: by colour, and by shape for those who don't see it. */
export type Tone = "good" | "bad" | "warn" | "open" | "plain";

const TONES: Record<string, Tone> = {
  sent: "good",
  received: "good",
  received_partial: "warn",
  failed: "bad",
  submitted: "open",
  accepted: "open",
  handed_over: "open",
  refused: "bad",
  unknown: "warn",
  given_up: "bad",
  pending: "open",
  done: "good",
};

const WORDS: Record<string, string> = {
  received_partial: "received in part",
  submitted: "open",
  handed_over: "handed over",
  given_up: "given up",
  no_answer: "no answer",
  not_a_fax: "not a fax",
  bad_number: "bad number",
};

export function toneOf(word: string): Tone {
  return TONES[word] ?? "plain";
}

export function worded(word: string): string {
  return WORDS[word] ?? word.replaceAll("_", " ");
}

/** A submission is what its state says; a fax what its status says. */
export function wordOf(fax: Listed): string {
  return fax.kind === "submission" ? fax.state : fax.status;
}

export function numberOf(fax: Listed): string | null {
  return fax.kind === "submission" || fax.direction === "outbound" ? fax.to_number : fax.from_number;
}

/** By which listings are ordered. */
export function momentOf(fax: Listed): string | null {
  return fax.kind === "submission" ? fax.accepted_at : (fax.completed_at ?? fax.settled_at ?? fax.submitted_at);
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

// Which faxes to list, and their pages. A person's number is in no address: it is kept here, and travels in a body.
import { Store } from "../store";
import { ask } from "./calls";
import type { FaxPage } from "./documents";

export const FILTERS = [
  "status", "day", "from", "to", "reference", "provider", "direction", "user", "settled_by", "failure_class", "unfinished", "given_up", "incomplete", "in_conflict",
] as const;
export type Filters = Partial<Record<(typeof FILTERS)[number], string>>;

const FLAGS: readonly string[] = ["unfinished", "given_up", "incomplete", "in_conflict"];

export const soughtNumber = new Store("");

export function filtersIn(query: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value) filters[name] = value;
  }
  return filters;
}

export interface PageAsked {
  cursor: string | undefined;
  limit: number;
  signal: AbortSignal;
}

/** Of the ledger, that a request looks at at most; none of them may be meant. */
export const LOOKED_AT = 2_000;
export const MOST_LOOKS = 10;

/**
 * Looks back until something is found, but not for ever: then nothing is, and the cursor says where to go on.
 * `looked` is told how often nothing was found so far.
 */
export async function firstOf(filters: Filters, number: string, asked: PageAsked, looked: (times: number) => void): Promise<FaxPage & { looks: number }> {
  let { cursor } = asked;
  for (let looks = 1; ; looks += 1) {
    looked(looks - 1);
    const page = await pageOf(filters, number, { ...asked, cursor });
    if (page.faxes.length > 0 || page.cursor === null || looks === MOST_LOOKS) return { ...page, looks };
    cursor = page.cursor;
  }
}

export function pageOf(filters: Filters, number: string, { cursor, limit, signal }: PageAsked): Promise<FaxPage> {
  if (!number) return ask<FaxPage>("GET", "/faxes", { query: { ...filters, cursor, limit: String(limit) }, signal });
  const given = Object.entries(filters).map(([name, value]) => [name, FLAGS.includes(name) ? value === "true" : value]);
  return ask<FaxPage>("POST", "/faxes/search", { body: { ...Object.fromEntries(given), number, limit, ...(cursor && { cursor }) }, signal });
}

// Which faxes to list, and their pages. A person's number is in no address: it is kept here, and travels in a body.
import { Store } from "../store";
import { ask } from "./calls";
import type { FaxPage } from "./documents";

export const FILTERS = [
  "status", "day", "from", "to", "reference", "provider", "direction", "user", "settled_by", "failure_class", "unfinished", "incomplete", "in_conflict",
] as const;
export type Filters = Partial<Record<(typeof FILTERS)[number], string>>;

const FLAGS: readonly string[] = ["unfinished", "incomplete", "in_conflict"];

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

export function pageOf(filters: Filters, number: string, { cursor, limit, signal }: PageAsked): Promise<FaxPage> {
  if (!number) return ask<FaxPage>("GET", "/faxes", { query: { ...filters, cursor, limit: String(limit) }, signal });
  const given = Object.entries(filters).map(([name, value]) => [name, FLAGS.includes(name) ? value === "true" : value]);
  return ask<FaxPage>("POST", "/faxes/search", { body: { ...Object.fromEntries(given), number, limit, ...(cursor && { cursor }) }, signal });
}

// Deliveries that were given up or are pending, as many as a page can show; and having them made again.
import { ask } from "./calls";
import type { DeliveryPage, ListedDelivery, Redriven } from "./documents";

export const MOST_DELIVERIES = 1000;

export async function everyDelivery(state: "given_up" | "pending", signal: AbortSignal): Promise<ListedDelivery[]> {
  const found: ListedDelivery[] = [];
  let cursor: string | undefined;
  do {
    const page: DeliveryPage = await ask<DeliveryPage>("GET", "/deliveries", { query: { state, limit: "200", cursor }, signal });
    found.push(...page.deliveries);
    cursor = page.cursor ?? undefined;
  } while (cursor && found.length < MOST_DELIVERIES);
  return found;
}

export interface WhatToRedrive {
  target?: string;
  since?: string;
  until?: string;
}

/** Goes on until all of it is looked at. */
export async function redrive(what: WhatToRedrive, isTrial: boolean): Promise<Redriven> {
  let cursor: string | null = null;
  let sum: Redriven | undefined;
  do {
    const part: Redriven = await ask<Redriven>("POST", "/deliveries/redrive", { body: { ...what, dry_run: isTrial, ...(cursor && { cursor }) } });
    sum = sum
      ? { ...part, matched: sum.matched + part.matched, unwanted: sum.unwanted + part.unwanted, redriven: sum.redriven + part.redriven, due_until: part.due_until ?? sum.due_until }
      : part;
    cursor = part.cursor;
  } while (cursor);
  return sum;
}

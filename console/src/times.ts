// Moments as people read them: in the browser's time zone, with the time in UTC as their title.

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY_AND_TIME = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat("en-GB", {
  day: "2-digit",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

let ahead = 0;

/** What the ledger's clock says while this machine's may differ, in milliseconds. */
export function ledgerNow(): number {
  return Date.now() + ahead;
}

/** Takes the ledger's clock from an answer that has just come. */
export function setLedgerClock(asOf: string): void {
  ahead = Date.parse(asOf) - Date.now();
}

export function time(moment: string | number): string {
  return TIME.format(new Date(moment));
}

export function dayAndTime(moment: string): string {
  return DAY_AND_TIME.format(new Date(moment)).replace(",", "");
}

export function exact(moment: string): string {
  return EXACT.format(new Date(moment)).replace(",", "");
}

/** Of a day as the API names it, which is one of the stack's time zone. */
export function dayName(day: string): string {
  return DAY.format(new Date(`${day}T12:00:00Z`));
}

export function monthName(month: string): string {
  return MONTH.format(new Date(`${month}-15T12:00:00Z`));
}

export function ago(moment: string): string {
  const seconds = Math.max(0, (ledgerNow() - Date.parse(moment)) / 1000);
  if (seconds < 60) return "just now";
  return `${duration(seconds)} ago`;
}

/** The same in few letters, for an axis. */
export function shortDuration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
}

/** As in `4 s`, `12 minutes`, `3 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

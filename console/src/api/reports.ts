// Reports, which may take several requests, and those of a day's hours.
import { setLedgerClock } from "../times";
import { ask, pathOf } from "./calls";
import type { PartialReport, Report } from "./documents";

/** Asks until all of the span is counted; `progress` hears how many faxes are so far. */
async function reported(
  path: string,
  query: Record<string, string>,
  signal: AbortSignal,
  progress?: (faxes: number) => void,
): Promise<Report> {
  let cursor: string | undefined;
  for (;;) {
    const answer = await ask<Report | PartialReport>("GET", path, { query: { ...query, cursor: cursor ?? "" }, signal });
    if (!("progress" in answer)) return answer;
    cursor = answer.cursor;
    progress?.(answer.progress.faxes);
  }
}

export async function reportOfDay(day: string, signal: AbortSignal, progress: (faxes: number) => void): Promise<Report> {
  const report = await reported(`/reports${pathOf(day)}`, {}, signal, progress);
  setLedgerClock(report.as_of);
  return report;
}

const HOUR = 3_600_000;
/** Hours of which late sources still tell are read again every time; those before, now and then. */
const STILL_MOVING = 3 * HOUR;
const READ_AGAIN = 10 * 60_000;
const AT_ONCE = 3;

interface ReadHour {
  readAt: number;
  report: Report;
}

/** The reports of a day's hours so far, of which only those are asked for that may have changed. */
export class Hours {
  private readonly read = new Map<number, ReadHour>();

  async of(day: Report, signal: AbortSignal): Promise<Report[]> {
    const now = Date.parse(day.as_of);
    const starts: number[] = [];
    for (let at = Date.parse(day.from); at < Date.parse(day.to) && at <= now; at += HOUR) starts.push(at);
    const due = starts.filter((at) => {
      const before = this.read.get(at);
      return before === undefined || at + STILL_MOVING > now || before.readAt + READ_AGAIN < now;
    });
    const readers = Array.from({ length: AT_ONCE }, async () => {
      for (let at = due.shift(); at !== undefined; at = due.shift()) {
        const to = Math.min(at + HOUR, Date.parse(day.to));
        const span = { from: new Date(at).toISOString(), to: new Date(to).toISOString() };
        this.read.set(at, { readAt: now, report: await reported("/reports", span, signal) });
      }
    });
    await Promise.all(readers);
    return starts.map((at) => this.read.get(at)?.report).filter((report) => report !== undefined);
  }
}

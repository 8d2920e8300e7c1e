// The table as a spreadsheet reads it, with the columns of `faxledger list --csv`.
import type { Listed } from "./api/documents";

const COLUMNS = [
  "id", "kind", "provider", "direction", "status", "state", "submitted_at", "completed_at", "settled_at", "settled_by", "to_number",
  "from_number", "user", "reference", "pages", "pages_total", "duration_seconds", "cost_usd", "failure_class", "failure_code",
  "failure_text", "submission",
];

export function csvOf(faxes: Listed[]): string {
  return [COLUMNS, ...faxes.map(row)].map((cells) => `${cells.map(cell).join(",")}\n`).join("");
}

function row(fax: Listed): unknown[] {
  const known: Record<string, unknown> = {
    ...fax,
    submitted_at: fax.kind === "submission" ? fax.accepted_at : fax.submitted_at,
    failure_class: fax.failure?.class,
    failure_code: fax.failure?.code,
    failure_text: fax.failure?.text,
  };
  return COLUMNS.map((name) => known[name]);
}

function cell(value: unknown): string {
  const text = value == null ? "" : String(value);
  // What a spreadsheet would take for a formula (OWASP, CSV injection), but for a number with its sign.
  const safe = /^[=@+\-\t\r]/.test(text) && !/^[+-][0-9.]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function save(name: string, text: string): void {
  const link = document.createElement("a");
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

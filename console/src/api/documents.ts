// The API's documents, as docs/openapi.yaml has them: what of them the pages show.

export type Source = "callback" | "notify" | "poll" | "feed" | "email" | "handover";
export type Status = "submitted" | "sent" | "failed" | "received" | "received_partial";
export type State = "accepted" | "handed_over" | "refused" | "unknown" | "given_up";
export type Counts = Record<string, number>;

export interface Failure {
  class: string;
  code: string | null;
  text: string | null;
}

export interface Duty {
  state: "pending" | "done" | "given_up";
  failed_tries: number;
  last_problem: string | null;
  next_at: string | null;
}

export interface FaxSummary {
  kind: "fax";
  id: string;
  provider: string;
  direction: "outbound" | "inbound";
  status: Status;
  submitted_at: string | null;
  settled_at: string | null;
  settled_by: Source | null;
  sources: Source[];
  completed_at: string | null;
  failure: Failure | null;
  to_number: string | null;
  from_number: string | null;
  user: string | null;
  reference: string | null;
  pages: number | null;
  pages_total: number | null;
  incomplete: boolean;
  duration_seconds: number | null;
  cost_usd: string | null;
  duties: Record<string, Duty>;
}

export interface Submission {
  kind: "submission";
  id: string;
  submission: string;
  provider: string;
  direction: "outbound";
  status: Status;
  state: State;
  accepted_at: string;
  state_at: string | null;
  failure: Failure | null;
  to_number: string | null;
  user: string | null;
  reference: string | null;
  resends: string | null;
  requested_by: string | null;
  deliveries?: Delivery[];
}

export type Listed = FaxSummary | Submission;

export interface FaxPage {
  faxes: Listed[];
  cursor: string | null;
}

export interface Sighting {
  source: Source;
  seen_at: string;
  word: string;
  status: Status | null;
  cost_usd: string | null;
  given: Record<string, string>;
  unread: string[];
}

export interface Statement {
  status: Status;
  source: Source;
  seen_at: string;
  given: Record<string, string>;
}

export interface Amendment {
  status: Status;
  was: Status;
  by: string;
  at: string;
  because: string;
}

export interface Delivery {
  event: string;
  event_id: string;
  target: string;
  route: string | null;
  channel: "webhook" | "email";
  state: "pending" | "done" | "given_up";
  attempts: number;
  planned_at: string;
  next_at: string | null;
  delivered_at: string | null;
  problem: string | null;
}

export interface Fax extends FaxSummary {
  first_status: Status | null;
  amended_status: Status | null;
  amendments: Amendment[];
  conflict: { statements: Statement[]; is_resolved: boolean } | null;
  sightings: Sighting[];
  unsettling: Sighting[];
  costs_differ: boolean;
  content: { type: string; size: number; sha256: string; stored_at: string } | null;
  deliveries: Delivery[];
  case: { id: string; faxes: string[] } | null;
  submission: string | null;
  requested_by: string | null;
  joined_by: "code" | "guess" | null;
  handover_failure: Failure | null;
  sent_sha256: string[];
  resends: string | null;
  resent_as: string | null;
  resent_at: string | null;
}

export interface Lateness {
  faxes: number;
  p50: number;
  p95: number;
  p99: number;
  worst: number;
}

export interface Figures {
  faxes: number;
  final: number;
  open: number;
  statuses: Counts;
  open_as: Counts;
  amended: number;
  history: number;
  incomplete: number;
  first_told_by: Record<Source, number>;
  rescued: { faxes: number; by: Counts; known_by: string | null };
  late_pushes: { agreed: number; disagreed: number; to_come: number; to_come_until: string | null; never_came: number };
  deaf: { from: string; to: string; faxes: number; known_by: string }[];
  lateness: { together: Lateness | null; by_source: Record<string, Lateness> };
  conflicts: { open: number; resolved: number };
  failures: Counts;
  pages: { total: number; faxes_without: number };
  costs: { faxes: number; usd: string; without: number };
  owed: Counts;
}

export interface Report {
  from: string;
  to: string;
  as_of: string;
  is_complete: boolean;
  reasons: { code: string; text: string; count: number; provider: string | null; what: string | null }[];
  evidence: {
    queries: { provider: string; query: string; read_at: string | null }[];
    feeds: { provider: string; direction: string; first: string; last: string; read_at: string | null }[];
  };
  set_aside: number;
  open_before: number;
  unreadable_items: number;
  total: Figures;
  flows: { provider: string; direction: string; figures: Figures }[];
}

export interface PartialReport {
  cursor: string;
  progress: { faxes: number; lanes: number; lanes_read: number };
}

export interface Provider {
  provider: string;
  account: string;
  heard: Record<string, string | null>;
  queries: { query: string; read_at: string | null }[];
  feeds: { direction: string; asked_at: string | null; missing_days: number }[];
  claims: { what: string; since: string; until: string; is_held: boolean }[];
  login_refused: { at: string; not_tried_until: string } | null;
}

export interface ListedDelivery extends Delivery {
  fax: string | null;
  day: string | null;
  day_version: number | null;
}

export interface DeliveryPage {
  deliveries: ListedDelivery[];
  cursor: string | null;
}

export interface Redriven {
  dry_run: boolean;
  matched: number;
  unwanted: number;
  redriven: number;
  due_until: string | null;
  cursor: string | null;
}

export interface Target {
  id: string;
  webhook?: string;
  email?: string;
  events: string[];
  disabled_at: string | null;
}

export interface Route {
  provider: string | null;
  name: string | null;
  targets: Target[];
  changed_at: string | null;
  changed_by: string | null;
}

export interface Unreadable {
  id: string;
  origin: string;
  problem: string;
  first_seen_at: string;
  last_seen_at: string;
  times: number;
  size: number;
  is_truncated: boolean;
}

export interface Days {
  first: string;
  last: string;
}

export interface Feed {
  provider: string;
  direction: string;
  since: string;
  covered: Days[];
  missing: Days[];
  passed_over: { days: Days[]; because: string | null } | null;
  back_fill: { first: string; last: string; days: number; days_read: number } | null;
  asked_at: string | null;
  asked_for: Days | null;
  next: { first: string; last: string; is_history: boolean };
  not_before: string | null;
}

export interface ClosedDay {
  day: string;
  version: number;
  is_complete: boolean;
  closed_at: string;
  key: string;
  sha256: string;
}

export interface ClosedDays {
  records: number;
  days: ClosedDay[];
}

export interface ClosedDayRecord {
  day: string;
  version: number;
  time_zone: string;
  closed_at: string;
  changes: { path: string; from: string | number | boolean | null; to: string | number | boolean | null }[];
  causes: string[];
  report: Report;
}

export interface ReceiptTime {
  utc: string;
  local: string;
}

export interface Receipt {
  id: string;
  issued_at: ReceiptTime;
  time_zone: string;
  provider: string;
  direction: "outbound" | "inbound";
  result: string;
  meaning: string;
  status: Status;
  first_status: Status;
  to_number: string | null;
  from_number: string | null;
  submitted_at: ReceiptTime | null;
  completed_at: ReceiptTime | null;
  settled_at: ReceiptTime;
  settled_by: Source;
  pages: number | null;
  pages_total: number | null;
  duration_seconds: number | null;
  reference: string | null;
  failure: Failure | null;
  attempts: string[];
  submission: { id: string; accepted_at: string; requested_by: string | null; joined_by: string | null } | null;
  sent_sha256: string[];
  content: { sha256: string } | null;
  evidence: { kind: string; sha256: string; statement: Sighting | Statement }[];
  is_conflict_resolved: boolean | null;
  amendments: Amendment[];
  signature: { algorithm: string; key_id: string; value: string } | null;
}

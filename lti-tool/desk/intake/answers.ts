import type { Fault } from '../../../foundation/errors.ts'

/** What was pushed, by what became of it. */
export interface TallyShown {
  accepted: number
  duplicate: number
  refused: number
  conflict: number
}

/** What may be changed of a source. */
export interface SettingsShown {
  state: string
  actor_home_pages: string[]
  outside: string
  guard: string
  on_void: string
  on_conflict: string
  on_overload: string
  hops: string
  rate_statements: number | null
  rate_bytes: number | null
}

/** A source with its condition, as the bridge says it. */
export interface SourceShown extends TallyShown, SettingsShown {
  source_id: string
  name: string
  preset: string
  profile: string
  created_at: string
  last_push_at: string | null
  keys: string[]
  credential_expires_at: string | null
  is_silent: boolean
  silent_hours: number | null
  usual_pause_hours: number | null
  last_day: TallyShown & { requests: number; limited: number }
  error_rate: number | null
  signed_webhooks: boolean
  delivery_lag_seconds: { sample: number; backfilled: number; p50: number | null; p95: number | null }
  unread_since: string | null
  clock_ahead_seconds: number | null
  parked_people: number
  parked_since: string | null
  waiting: { code: string; completions: number; people: number; since: string }[]
  alarms: { kind: string; since: string; raised_at: string }[]
}

/** A credential; its secret is never told again. */
export interface CredentialShown {
  key: string
  scopes: string[]
  created_at: string
  expires_at: string | null
  last_used_at: string | null
  revoked_at: string | null
}

/** A credential at the moment in which it is made. */
export interface NewCredential {
  source_id: string
  key: string
  secret: string
  endpoint: string
}

/** What came in one hour. */
export interface HourShown extends TallyShown {
  hour: string
  requests: number
  limited: number
}

/** One source with what makes its page. */
export interface SourceDetail extends SourceShown {
  credentials: CredentialShown[]
  hours: HourShown[]
}

/** What became of one statement of a request. */
export interface ReceiptLine {
  statement_id: string | null
  received: string
  status: string
  settled?: string
  settled_at?: string
  refused_receipt?: string
  refused_for?: { pointer: string; code: string }[]
  index?: number
  pointer?: string
  stored?: string
  code?: string
  why?: string
  claim_id?: string
  claim_status?: string
  would_claim?: {
    offering_code: string | null
    offering_title: string | null
    hours: string | null
    missing: { code: string } | null
  }
}

/** A refused request in the list. */
export interface RejectedSummary {
  rejected_id: string
  source_id: string
  source: string
  received_at: string
  status: number
  method: string
  via: string
  codes: string[]
  bytes: number
  masked: boolean
  state: string
}

/** One statement of a refused request, before and after a mending. */
export interface StatementShown {
  index: number
  before: string
  after: string
  changed: boolean
  left_out: boolean
  changes: string[]
  faults_before: Fault[]
  faults_after: Fault[]
  stored: boolean
}

/** What a mending makes of a refused request. */
export interface DraftShown {
  ready: boolean
  total: number
  remaining: number
  statements: StatementShown[]
}

/** One refused request. */
export interface RejectedDetail extends Omit<RejectedSummary, 'codes'>, DraftShown {
  version: string
  cut: boolean
  errors: Fault[]
  settled_at: string | null
  settled_by: string | null
  settled_reason: string | null
  replayed: {
    statement_id: string
    index: number
    operator: string
    reason: string
    changes: string[]
    replayed_at: string
  }[]
}

/** One mending of the closed list. */
export interface MendingShown {
  name: string
  does: string
  codes: string[]
}

/** What a bulk mending did, or would do. */
export interface BulkShown {
  inputs: number
  ready: number
  accepted: number
  duplicate: number
  refused: { rejected_id: string; code: string | null; errors: Fault[] }[]
  samples: { rejected_id: string; index: number; before: string; after: string; faults_after: Fault[] }[]
  next: string | null
}

/** A destination of forwarding; never its credential. */
export interface DestinationShown {
  destination_id: string
  name: string
  kind: 'lrs' | 'webhook'
  url: string
  version: string | null
  filter: {
    sources?: string[]
    verbs?: string[]
    activities?: string[]
    object_types?: string[]
    categories?: string[]
    outcomes?: string[]
  }
  redaction: { names: string; actors: string } | null
  events: string[]
  source_id: string | null
  has_credential: boolean
  state: 'active' | 'paused' | 'removed'
  pause_code: string | null
  pending: number
  failed: number
  dead: number
  behind: number
  lag_seconds: number
  failures: number
  next_try_at: string | null
  last_status: number | null
  last_code: string | null
  last_attempt_at: string | null
  last_success_at: string | null
  created_at: string
}

/** One delivery in the log. */
export interface DeliveryShown {
  delivery_id: string
  destination_id: string
  event: string
  seq: number | null
  state: string
  code: string | null
  status: number | null
  attempts: number
  queued_at: string
  first_tried_at: string | null
  finished_at: string | null
}

/** One version of the rules of a source. */
export interface RuleVersionShown {
  version: number
  valid_from: string
  state: string
  content_hash: string
  reason: string
  made_by: string
  made_at: string
  checked_by: string | null
  checked_at: string | null
  applied_at: string | null
}

/** As what so many statements of a source were read when they came. */
export interface ReadAsShown {
  outcome: string
  statements: number
}

interface HoursShown {
  gain: string
  lose: string
}

interface DaysShown {
  from: string | null
  to: string | null
}

interface StandShown {
  result: string
  have: string | null
}

/** What other rules would have decided, and what it would mean in the book. */
export interface TrialShown {
  rules: string
  statements: number
  changed: number
  newly_credited: number
  no_longer_credited: number
  credited_otherwise: number
  completions_new: number
  completions_lost: number
  faults: number
  codes: { code: string; entering: number; leaving: number }[]
  by_school: ({ school: string | null } & HoursShown)[]
  by_category: ({ category: string } & HoursShown)[]
  by_year: ({ year: string; newly_credited: number; no_longer_credited: number } & HoursShown)[]
  samples: {
    kind: string
    statement_id: string
    teacher_no: string | null
    offering: string | null
    before: string | null
    after: string | null
    reason: string
  }[]
  teachers_newly_met: number
  teachers_no_longer_met: number
  requirements: ({
    requirement: string
    quote: string | null
    newly_met: number
    no_longer_met: number
  } & DaysShown)[]
  teachers: ({
    change: 'newly_met' | 'no_longer_met'
    teacher_no: string | null
    name: string | null
    school: string | null
    requirement: string
    before: StandShown
    after: StandShown
    need: string | null
    unit: string | null
  } & DaysShown)[]
  closed_periods: {
    period: number
    late_claims: number
    late_hours: string
    kept_claims: number
    kept_hours: string
  }[]
}

/** An activity that a person mapped to an offering. */
export interface AliasShown {
  activity: string
  offering: string
  made_by: string
  reason: string
  recorded_at: string
}

import { z } from 'zod'
import { isDay } from '../../foundation/time.ts'

// The schema of policies/README.md §3. Every key may be absent (this layer does not speak of it) or null (this text
// was read for it and does not say); an unknown key is refused, since a typing error would otherwise be a silence.
const may = <T extends z.ZodType>(value: T) => value.nullable().optional()
const open = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape)

const day = z.string().refine(isDay, 'not a day of the form 2026-01-31')
const word = z.string().min(1)
const words = z.array(word)
const quote = may(z.union([word, words]))
const amountOf = z.number().min(0)
const percentage = z.number().min(0).max(1)
const level = z.enum(['school', 'cluster', 'district', 'county', 'city', 'province', 'national'])
const namedWindow = word

const amount = open({
  value: amountOf.nullable(),
  unit: z.enum(['hour', 'credit', 'day', 'week', 'month', 'block']),
})

const audience = z.union([
  word,
  words,
  open({ entry_year: may(z.int()), school_status: may(word), tier: may(word) }),
])

const share = open({
  level_in: may(z.array(level)),
  category: may(word),
  of: may(word),
  value: may(percentage),
  exact_credits: may(amountOf),
})

const requirement = open({
  id: word,
  audience: may(audience),
  window: may(namedWindow),
  by: may(day),
  every: may(z.enum(['year', 'cycle'])),
  years: may(z.int().positive()),
  anchor: may(word),
  category: may(word),
  topic: may(word),
  level_in: may(z.array(level)),
  form: may(word),
  at_least: may(amount),
  at_most: may(amount),
  share: may(share),
  rest: may(share),
  of_which: may(z.record(word, amountOf)),
  month_hours: may(amountOf),
  counts_in_cycle: may(percentage),
  or: may(word),
  override: may(z.boolean()),
  quote,
})

const indicator = open({
  id: word,
  population: may(word),
  window: may(namedWindow),
  statistic: may(z.enum(['mean', 'share_of_teachers', 'count'])),
  threshold: may(amountOf),
  target: may(amountOf),
  at_least: may(amountOf),
  unit: may(word),
  approximate: may(z.boolean()),
  value: may(amountOf),
  of: may(word),
  from: may(amountOf),
  add: may(z.array(amountOf)),
  ledger: may(z.literal('outside')),
  quote,
})

const conversion = open({
  id: word,
  activity: may(word),
  role: may(word),
  level: may(level),
  each: may(amountOf),
  ratio: may(amountOf),
  table: may(z.record(word, amountOf)),
  unit: may(z.enum(['hour', 'credit'])),
  cap: may(amountOf),
  cap_window: may(namedWindow),
  year: may(word),
  outcome: may(z.record(word, amountOf)),
  override: may(z.boolean()),
  quote,
})

const oneOrMore = z.union([word, words])
const filter = open({
  category: may(oneOrMore),
  form: may(oneOrMore),
  level: may(oneOrMore),
  topic: may(oneOrMore),
  role: may(oneOrMore),
})

const cap = open({
  filter: may(filter),
  window: may(namedWindow),
  max: may(amountOf),
  override: may(z.boolean()),
  quote,
})

const sessionFields = z.object({ fixed_before_start: may(z.boolean()), quote }).catchall(words)
const evidenceChecks = z
  .object({
    min_duration_share: may(percentage),
    max_speed: may(amountOf),
    max_hours_per_day: may(amountOf),
    overlap: may(word),
  })
  .catchall(words)

/** A policy document as one authority's text states it. Numbers are the text's own, in its own unit. */
export const policyDocument = open({
  schema: z.literal('district-credit-policy/1').optional(),
  id: z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, 'an id is words in lower case with points between'),
  title: word,
  doc_no: may(word),
  issuer: may(
    open({
      name: word,
      rank: may(z.enum(['province', 'prefecture-city', 'county-level-city', 'county', 'district'])),
    }),
  ),
  status: may(z.enum(['draft', 'trial', 'in_force', 'superseded'])),
  effective: may(open({ from: may(day), to: may(day) })),
  plan_period: may(open({ from: may(day), to: may(day), quote })),
  inherits: may(words),
  label: may(z.enum(['verified', 'weak'])),
  unit: may(
    open({
      ledger: may(z.literal('hour')),
      label: may(word),
      synonyms: may(words),
      minutes_per_hour: may(z.number().positive()),
      hours_per_credit: may(z.union([z.number().positive(), z.record(word, z.number().positive())])),
    }),
  ),
  cycle: may(
    open({
      years: may(z.int().positive()),
      anchor: may(z.enum(['plan-period', 'teacher', 'registration', 'rolling'])),
      from: may(day),
      to: may(day),
      target: may(amountOf),
      target_unit: may(z.enum(['hour', 'credit'])),
      override: may(z.boolean()),
      quote,
    }),
  ),
  year: may(open({ starts: may(z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)) })),
  seasons: may(z.record(word, may(z.record(z.string().regex(/^\d{4}$/), may(z.tuple([day, day])))))),
  levels: may(z.array(level)),
  level_words: may(z.record(word, level)),
  categories: may(words),
  cadre_categories: may(words),
  forms: may(words),
  roles: may(open({ first_responsible: may(word), school_manager: may(word) })),
  organisations: may(words),
  enrolment_modes: may(words),
  audience_bands: may(
    z.array(
      open({
        code: word,
        years: may(z.tuple([z.number().min(0), z.number().min(0)])),
        ends: may(z.enum(['closed-open', 'closed-closed', 'open-closed', 'open-open'])),
      }),
    ),
  ),
  band_boundary: may(z.enum(['closed-open', 'closed-closed', 'open-closed', 'open-open'])),
  series: may(
    z.array(
      open({
        code: word,
        planned_issues: may(z.int()),
        approximate: may(z.boolean()),
        attendance: may(words),
        co_organiser: may(word),
        recognition_level: may(level),
      }),
    ),
  ),
  requirements: may(z.array(requirement)),
  indicators: may(z.array(indicator)),
  offering_rules: may(
    z.array(open({ id: word, applies_to: may(word), check: may(word), phases: may(words), quote })),
  ),
  shared_school_offerings: may(open({ allowed: may(z.boolean()), quote })),
  outside_provider: may(open({ allowed: may(z.boolean()), condition: may(word), quote })),
  conversions: may(z.array(conversion)),
  caps: may(z.array(cap)),
  max_per_item: may(amountOf),
  substitution: may(z.array(open({ from: filter, to: filter, ratio: may(amountOf), quote }))),
  workflow: may(
    open({
      project: may(words),
      claim: may(words),
      steps: may(words),
      plan: may(open({ filed: may(word), by: may(word), quote })),
      session_required_fields: may(sessionFields),
      approval_before_award: may(z.boolean()),
      posting_authority: may(word),
      pass_required: may(z.boolean()),
      quote,
    }),
  ),
  recognition: may(
    open({ automatic: may(words), otherwise: may(z.enum(['school_check', 'recognise'])), quote }),
  ),
  evidence: may(z.union([words, evidenceChecks])),
  evaluation: may(words),
  dedupe: may(z.enum(['highest', 'first', 'none'])),
  retake: may(z.enum(['none', 'best', 'again'])),
  rounding: may(
    open({ to: may(z.number().positive()), mode: may(z.enum(['down', 'up', 'half_up'])), quote }),
  ),
  attribution: may(z.enum(['end_date', 'start_date'])),
  late_registration: may(open({ days: may(z.int().min(0)), quote })),
  exemptions: may(
    z.array(
      open({
        status: word,
        effect: may(z.enum(['reduce_target', 'extend_cycle', 'exempt'])),
        months: may(z.int()),
        quote,
      }),
    ),
  ),
  spot_check: may(
    open({
      methods: may(words),
      targets: may(words),
      frame: may(word),
      rate: may(percentage),
      effect: may(word),
      quote,
    }),
  ),
  uses: may(words),
  external_sources: may(words),
  exclude: may(words),
  portrait: may(open({ dimensions: may(words), ledger_supplies: may(words) })),
  filing: may(open({ what: may(word), due: may(day), form: may(word) })),
  unknown: may(words),
})

/** A policy document as read from its file, before its parents are layered in. */
export type PolicyDocument = z.infer<typeof policyDocument>
/** What a policy asks of a person. */
export type Requirement = z.infer<typeof requirement>
/** What a policy says of a population; never of a person. */
export type Indicator = z.infer<typeof indicator>
/** A limit on what is counted. */
export type Cap = z.infer<typeof cap>

/** A policy document with its parents layered in: a null here says that no layer states it. */
export interface FlatPolicy extends PolicyDocument {
  /** Ids of the documents it was made of, itself first. */
  layers: string[]
}

/** The quoted words of a rule as one text, or null. */
export function quoteOf(
  rule: { quote?: string | string[] | null | undefined } | null | undefined,
): string | null {
  const quoted = rule?.quote ?? null
  return Array.isArray(quoted) ? quoted.join('；') : quoted
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { InvalidInput } from '../../foundation/errors.ts'
import { sha256 } from '../../foundation/ids.ts'
import { projectRoot } from '../../foundation/root.ts'

/** What a member of a result may be for a rule to match; `absent`: it was not sent. */
const memberStates = z.array(z.union([z.boolean(), z.literal('absent')])).min(1)

/** How a cmi5 AU is finished (cmi5 §10.2.4 and §13.1.4, moveOn). */
export const moveOns = [
  'Passed',
  'Completed',
  'CompletedAndPassed',
  'CompletedOrPassed',
  'NotApplicable',
] as const
/** One of the words of `moveOns`. */
export type MoveOn = (typeof moveOns)[number]

/** Where a pattern looks: verb, object and the members of result. What it does not name, it does not ask. */
const pattern = {
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  verb: z.url().optional(),
  verbs: z.array(z.url()).min(1).optional(),
  object_type: z.url().optional(),
  object_types: z.array(z.url()).min(1).optional(),
  /** The end of the path of the object's address; `*` stands for one segment. */
  object_path: z.string().startsWith('/').optional(),
  /** What follows our base IRI. */
  object_iri: z.string().endsWith('/').optional(),
  completion: memberStates.optional(),
  success: memberStates.optional(),
}

const completionRule = z.strictObject({
  ...pattern,
  as: z.enum(['completed', 'passed', 'satisfied', 'waived']).default('completed'),
  /** Below it a statement is no completion; decimal text of −1…1. */
  minimum_scaled: z.string().optional(),
})

const evidenceRule = z.strictObject({
  ...pattern,
  as: z.enum(['assessed', 'passed', 'failed', 'move_on', 'process']),
  score: z.enum(['scaled', 'raw-over-max']).default('scaled'),
  attach_to: z.enum(['object', 'parent']).default('object'),
})

const ruleSetDocument = z.strictObject({
  schema: z.literal('xueshi-rules/1'),
  preset: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  version: z.int().min(1),
  actor: z.strictObject({
    identifier: z.enum(['account', 'any']),
    link_via: z.enum(['lti-iss-sub']),
  }),
  attempt: z.strictObject({
    from: z.enum(['registration', 'window', 'registration-else-window']),
    window: z.enum(['class']),
    registration: z.enum(['use', 'ignore']),
  }),
  identity: z
    .strictObject({
      content_key: z.array(z.enum(['actor', 'verb', 'object', 'timestamp-second', 'result'])).min(1),
    })
    .optional(),
  /** Only statements in this category speak about completing. */
  requires_category: z.url().optional(),
  /** Other names of the object, for the mapping. */
  also_known_as: z.enum(['grouping']).optional(),
  own_iris: z.boolean().default(false),
  completions: z.array(completionRule).min(1),
  attendance: z.array(z.strictObject(pattern)).default([]),
  evidence: z.array(evidenceRule).default([]),
  withdrawals: z.array(z.strictObject(pattern)).default([]),
  move_on: z.strictObject({ extension: z.url(), otherwise: z.enum(moveOns) }).optional(),
  pass: z.strictObject({
    /** `score`: the score decides where there is one; `success`: a success of false is never a pass. */
    by: z.enum(['score', 'success']),
    failed_after_passed: z.enum(['conflict', 'ignore']),
  }),
  on_void: z.enum(['auto', 'review']),
  clock: z.strictObject({
    future_tolerance_minutes: z.number().min(0),
    max_lateness_days: z.number().min(1),
  }),
})

/** A pattern and what a statement that fits it is read as. */
export type CompletionRule = z.infer<typeof completionRule>
/** A pattern for what supports a completion without being one. */
export type EvidenceRule = z.infer<typeof evidenceRule>
/** The members a pattern looks at. */
export type Pattern = Omit<CompletionRule, 'as' | 'minimum_scaled'>

/** Conversion rules of a source, checked, and the name under which an item says which rules read it. */
export interface RuleSet extends z.infer<typeof ruleSetDocument> {
  /** Preset, version and the first 8 hex digits of the SHA-256 of the document. */
  label: string
}

/**
 * Reads the text of one rule set (YAML). Throws InvalidInput `rules-invalid` naming each path that is wrong.
 */
export function ruleSetFrom(text: string): RuleSet {
  return checked(parse(text))
}

/** A preset with what a source overrides in it, key by key. Throws InvalidInput `rules-invalid`. */
export function overridden(preset: RuleSet, overrides: unknown): RuleSet {
  if (overrides === null || overrides === undefined) return preset
  const { label: _, ...document } = preset
  return checked({ ...document, ...(overrides as object) })
}

function checked(document: unknown): RuleSet {
  const parsed = ruleSetDocument.safeParse(document)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({
      pointer: `/${path.map(String).join('/')}`,
      detail: message,
    }))
    throw new InvalidInput('rules-invalid', 'the rule set cannot be used', faults)
  }
  const digest = sha256(JSON.stringify(parsed.data)).toString('hex').slice(0, 8)
  return { ...parsed.data, label: `${parsed.data.preset}/${parsed.data.version}#${digest}` }
}

/** The presets that are shipped. */
export const presetNames = ['xueshi-tool', 'moodle-logstore', 'cmi5', 'adl'] as const

let presets: Map<string, RuleSet> | undefined

/** The shipped rule sets by name; read once. */
export function shippedRuleSets(): ReadonlyMap<string, RuleSet> {
  presets ??= new Map(
    presetNames.map((name) => [
      name,
      ruleSetFrom(readFileSync(join(projectRoot, 'xapi-bridge/conversion/presets', `${name}.yaml`), 'utf8')),
    ]),
  )
  return presets
}

import { z } from 'zod'

/** What a member of a result may be for a rule to match; `absent`: it was not sent. */
const memberStates = z
  .array(z.union([z.boolean(), z.literal('absent')], { error: 'true, false or absent' }))
  .min(1)

/** A number as decimal text, so that no digit is lost on the way. */
const decimal = z
  .string({ error: 'a decimal number in quotes is needed' })
  .regex(/^-?\d+(\.\d+)?$/, 'a decimal number in quotes is needed')

/** The id of a verb, a type, an activity or an extension. */
const iri = z.url({ error: 'a whole address is needed, such as http://adlnet.gov/expapi/verbs/passed' })

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

/** Where a pattern looks: verb, object, parents and the members of result. What it does not name, it does not ask. */
const pattern = {
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name is small letters, digits and hyphens'),
  verb: iri.optional(),
  verbs: z.array(iri).min(1).optional(),
  object_type: iri.optional(),
  object_types: z.array(iri).min(1).optional(),
  /** The end of the path of the object's address; `*` stands for one segment, or for what of it is not written out. */
  object_path: z
    .string()
    // Several in one segment could be tried in so many ways that one address would take for ever.
    .regex(/^(?:\/[^/*]*(?:\*[^/*]*)?)+$/, 'a path begins with / and has one * in a segment at most')
    .optional(),
  /** What follows our base IRI. */
  object_iri: z.string().endsWith('/').optional(),
  /** Query parameters whose presence in the object's address marks it as a part. */
  without_query: z.array(z.string().min(1)).min(1).optional(),
  /** Extensions of the object's definition that mark it as a part. */
  without_extension: z.array(iri).min(1).optional(),
  /** It has no parent but itself: authoring tools name the whole course as its own parent. */
  is_root: z.literal(true).optional(),
  completion: memberStates.optional(),
  success: memberStates.optional(),
  /** A number among the extensions that must be there and reach a threshold. */
  reaches: z.strictObject({ extension: iri, at_least: decimal }).optional(),
}

const completionRule = z.strictObject({
  ...pattern,
  as: z.enum(['completed', 'passed', 'satisfied', 'waived']).default('completed'),
  /** Below it a statement is no completion; decimal text of −1…1. */
  minimum_scaled: decimal.optional(),
  /** What an activity that nobody mapped does: wait in the queue, or be evidence that asks nobody for anything. */
  unmapped: z.enum(['wait', 'evidence']).optional(),
})

const evidenceRule = z.strictObject({
  ...pattern,
  as: z.enum(['assessed', 'passed', 'failed', 'move_on', 'process']),
  score: z.enum(['scaled', 'raw-over-max']).default('scaled'),
  attach_to: z.enum(['object', 'parent']).default('object'),
})

const plainRule = z.strictObject(pattern)

const attempt = z
  .strictObject({
    /** What names one attempt, tried in this order; where none is there, the window is the attempt. */
    from: z.union(
      [
        z.enum(['registration', 'window', 'registration-else-window']),
        z.array(z.enum(['registration', 'grouping', 'session'])).min(1),
      ],
      {
        error: 'registration, window, registration-else-window, or a list of registration, grouping, session',
      },
    ),
    window: z.enum(['class']),
    registration: z.enum(['use', 'ignore']),
    /** Which of the grouping activities is the attempt: by its type, or by a parameter in its address. */
    grouping: z
      .strictObject({ types: z.array(iri).default([]), query: z.array(z.string()).default([]) })
      .optional(),
    /** The extension that holds the id of the session. */
    session: iri.optional(),
  })
  .superRefine(({ from, grouping, session }, context) => {
    if (!Array.isArray(from)) return
    const lacks = (word: string) =>
      context.addIssue({ code: 'custom', path: [word], message: `from names it` })
    if (from.includes('grouping') && !grouping) lacks('grouping')
    if (from.includes('session') && !session) lacks('session')
  })

/** The shape of a rule set (schema `xueshi-rules/1`). Documents are data: no rule stands in code. */
export const ruleSetDocument = z
  .strictObject({
    schema: z.literal('xueshi-rules/1'),
    preset: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    version: z.int().min(1),
    actor: z.strictObject({
      identifier: z.enum(['account', 'any']),
      link_via: z.enum(['lti-iss-sub']),
    }),
    attempt,
    identity: z
      .strictObject({
        content_key: z.array(z.enum(['actor', 'verb', 'object', 'timestamp-second', 'result'])).min(1),
      })
      .optional(),
    /** Only statements in this category speak about completing. */
    requires_category: iri.optional(),
    /** Other names of the object, for the mapping. */
    also_known_as: z.enum(['grouping']).optional(),
    own_iris: z.boolean().default(false),
    completions: z.array(completionRule).min(1),
    attendance: z.array(plainRule).default([]),
    evidence: z.array(evidenceRule).default([]),
    withdrawals: z.array(plainRule).default([]),
    move_on: z.strictObject({ extension: iri, otherwise: z.enum(moveOns) }).optional(),
    pass: z.strictObject({
      /** `score`: the score decides where there is one; `success`: a success of false is never a pass. */
      by: z.enum(['score', 'success']),
      /** What a failure after a pass of the same attempt is: a contradiction, the end of the completion, or nothing. */
      failed_after_passed: z.enum(['conflict', 'withdraw', 'ignore']),
    }),
    on_void: z.enum(['auto', 'review']),
    clock: z.strictObject({
      future_tolerance_minutes: z.number().min(0),
      max_lateness_days: z.number().min(1),
    }),
  })
  .superRefine((document, context) => {
    const names = new Set<string>()
    for (const part of ['completions', 'attendance', 'evidence', 'withdrawals'] as const) {
      for (const [index, rule] of document[part].entries()) {
        const fault = (member: string, message: string) =>
          context.addIssue({ code: 'custom', path: [part, index, member], message })
        // A rule without a verb would take whatever is said about a course for a completion.
        if (rule.verb === undefined && rule.verbs === undefined) fault('verb', 'a rule names its verbs')
        if (names.has(rule.name)) fault('name', 'another rule has this name')
        names.add(rule.name)
      }
    }
  })

/** A rule set as its document says it, with defaults filled in. */
export type RuleSetDocument = z.infer<typeof ruleSetDocument>
/** A pattern and what a statement that fits it is read as. */
export type CompletionRule = z.infer<typeof completionRule>
/** A pattern for what supports a completion without being one. */
export type EvidenceRule = z.infer<typeof evidenceRule>
/** The members a pattern looks at. */
export type Pattern = z.infer<typeof plainRule>

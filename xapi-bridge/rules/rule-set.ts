import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { type Fault, InvalidInput } from '../../foundation/errors.ts'
import { sha256 } from '../../foundation/ids.ts'
import { projectRoot } from '../../foundation/root.ts'
import { type RuleSetDocument, ruleSetDocument } from './document.ts'

/** Conversion rules of a source, checked, and the name under which an item says which rules read it. */
export interface RuleSet extends RuleSetDocument {
  /** Preset, version and the first 8 hex digits of the SHA-256 of the document. */
  label: string
}

/**
 * Reads the text of one rule set (YAML, of which JSON is a part). Throws InvalidInput `rules-invalid` naming each place
 * that is wrong, as JSON pointer and in words.
 */
export function ruleSetFrom(text: string): RuleSet {
  return checked(parsed(text))
}

/** In characters. Reading YAML takes time with the square of its keys; a shipped rule set has a twentieth of this. */
const largestFile = 32 * 1024

/**
 * Reads a rule file: a whole rule set, or `preset: NAME` with what differs from that preset, key by key. Where it names
 * no preset, `base` is what it differs from. Throws InvalidInput `rules-invalid`.
 */
export function ruleSetFromFile(text: string, base: RuleSet | null = null): RuleSet {
  if (text.length > largestFile) {
    throw invalid([{ pointer: '', detail: `a rule file has ${largestFile} characters at most` }])
  }
  const document = parsed(text)
  if (document === null || typeof document !== 'object' || Array.isArray(document)) {
    throw invalid([{ pointer: '', detail: 'a rule file is a map' }])
  }
  const { preset } = document as { preset?: unknown }
  const shipped = typeof preset === 'string' ? shippedRuleSets().get(preset) : (base ?? undefined)
  if (shipped) return overridden(shipped, document)
  // A whole rule set may have a name of its own; what differs from a preset needs one that there is.
  if ('schema' in document) return checked(document)
  throw invalid([
    {
      pointer: '/preset',
      detail: `a file that says only what differs names one of ${presetNames.join(', ')}`,
    },
  ])
}

/** A preset with what a source overrides in it, key by key. Throws InvalidInput `rules-invalid`. */
export function overridden(preset: RuleSet, overrides: unknown): RuleSet {
  if (overrides === null || overrides === undefined) return preset
  const { label: _, ...document } = preset
  return checked({ ...document, ...(overrides as object) })
}

/** The document of a rule set as JSON, as versions are kept; read again by `ruleSetFrom`. */
export function documentOf({ label: _, ...document }: RuleSet): string {
  return JSON.stringify(document)
}

function parsed(text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const faults = document.errors.map(({ pos }) => ({
    pointer: '',
    detail: `line ${lines.linePos(pos[0]).line} is no YAML`,
  }))
  if (faults.length > 0) throw invalid(faults)
  try {
    return document.toJS()
  } catch (error) {
    // Aliases of aliases, which would grow beyond all bounds.
    if (!(error instanceof ReferenceError)) throw error
    throw invalid([{ pointer: '', detail: 'aliases that lead nowhere, or are used too often' }])
  }
}

function checked(document: unknown): RuleSet {
  const result = ruleSetDocument.safeParse(document)
  if (!result.success) throw invalid(result.error.issues.flatMap(faultsOf))
  const digest = sha256(JSON.stringify(result.data)).toString('hex').slice(0, 8)
  return { ...result.data, label: `${result.data.preset}/${result.data.version}#${digest}` }
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const at = (path: PropertyKey[]) => path.map((step) => `/${String(step)}`).join('')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: at([...issue.path, key]),
      detail: 'not known to the rule language',
    }))
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return [{ pointer: at(issue.path), detail: isMissing ? 'it is missing' : issue.message }]
}

function invalid(faults: Fault[]): InvalidInput {
  return new InvalidInput('rules-invalid', 'the rule set cannot be used', faults)
}

/** The presets that are shipped: one for each kind of emitter, and `adl` for what has none of its own. */
export const presetNames = [
  'xueshi-tool',
  'moodle-logstore',
  'cmi5',
  'adl',
  'articulate',
  'h5p',
  'scorm-wrapper',
  'video-profile',
  'openedx',
] as const

let presets: Map<string, RuleSet> | undefined

/** The shipped rule sets by name; read once. */
export function shippedRuleSets(): ReadonlyMap<string, RuleSet> {
  presets ??= new Map(
    presetNames.map((name) => [
      name,
      ruleSetFrom(readFileSync(join(projectRoot, 'xapi-bridge/rules/presets', `${name}.yaml`), 'utf8')),
    ]),
  )
  return presets
}

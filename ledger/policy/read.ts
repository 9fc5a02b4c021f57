import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { ExpectedError, type Fault } from '../../foundation/errors.ts'
import { type PolicyDocument, policyDocument } from './document.ts'

/** One fault of a policy file, with the place where an editor shows it. */
export interface PolicyFault extends Fault {
  /** Counted from 1. */
  line: number
  column: number
  /** Dotted path inside the document, as its `unknown` list writes it; empty for the whole. */
  path: string
}

/** A policy file that was not taken. Nothing of it is kept. */
export class PolicyRefused extends ExpectedError {
  readonly kind = 'invalid'
  readonly code = 'policy-refused'
  override readonly errors: PolicyFault[]

  constructor(errors: PolicyFault[]) {
    const [first] = errors
    super(first ? `line ${first.line}: ${first.detail}` : 'the policy file is not usable')
    this.errors = errors
  }
}

type Path = (string | number)[]

/** What the YAML says. An alias that leads nowhere, or so many that the file would blow up, is a fault like any other. */
function contentOf(yaml: ReturnType<typeof parseDocument>): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 })
  } catch {
    throw new PolicyRefused([
      { line: 1, column: 1, path: '', detail: 'an alias (*…) cannot be followed; put such text in quotes' },
    ])
  }
}

/**
 * Reads a policy file: one document or a list of them. Throws PolicyRefused with every fault and its line: YAML that
 * is none, an unknown key, a value of the wrong kind, a null that is not listed in `unknown`, a listed path that is
 * not null.
 */
export function readPolicies(text: string): PolicyDocument[] {
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  if (yaml.errors.length > 0) {
    throw new PolicyRefused(
      yaml.errors.map(({ pos, message }) => ({ ...place(pos[0]), path: '', detail: message })),
    )
  }
  const content = contentOf(yaml)
  const isList = Array.isArray(content)
  const documents: PolicyDocument[] = []
  const faults: PolicyFault[] = []
  for (const [index, one] of (isList ? content : [content]).entries()) {
    const { document, problems } = checked(one)
    if (document) documents.push(document)
    for (const { path, key, detail } of problems) {
      const whole = isList ? [index, ...path] : path
      faults.push({
        ...place(offsetOf(yaml, whole, key)),
        path: [...path, ...keyPath(key)].join('.'),
        detail,
      })
    }
  }
  const ids = documents.map(({ id }) => id)
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) {
    const at = ids.lastIndexOf(id)
    faults.push({
      ...place(offsetOf(yaml, [at, 'id'])),
      path: 'id',
      detail: `${id} stands in this file twice`,
    })
  }
  if (faults.length > 0) throw new PolicyRefused(faults.sort((a, b) => a.line - b.line))
  return documents
}

interface Problem {
  path: Path
  /** A key below the path that should not be there. */
  key?: string
  detail: string
}

const keyPath = (key: string | undefined) => (key === undefined ? [] : [key])

function checked(value: unknown): { document: PolicyDocument | null; problems: Problem[] } {
  const parsed = policyDocument.safeParse(value)
  if (parsed.success) return { document: parsed.data, problems: silenceProblems(parsed.data) }
  const problems = parsed.error.issues.flatMap((issue): Problem[] => {
    const path = issue.path as Path
    if (issue.code !== 'unrecognized_keys') return [{ path, detail: issue.message }]
    return issue.keys.map((key) => ({ path, key, detail: `${key} is no key of the schema here` }))
  })
  return { document: null, problems }
}

/** Every null is listed in `unknown`, and every path in `unknown` is null (policies/README.md §5). */
function silenceProblems(document: PolicyDocument): Problem[] {
  const nulls = new Map(nullPaths(document).map((path) => [path.join('.'), path]))
  const listed = document.unknown ?? []
  const problems: Problem[] = []
  for (const [dotted, path] of nulls) {
    if (!listed.includes(dotted))
      problems.push({ path, detail: `${dotted} is null and not listed in unknown` })
  }
  for (const [at, dotted] of listed.entries()) {
    const path: Path = ['unknown', at]
    if (!nulls.has(dotted)) problems.push({ path, detail: `unknown lists ${dotted}, which is not null` })
    else if (listed.indexOf(dotted) !== at) problems.push({ path, detail: `unknown lists ${dotted} twice` })
  }
  return problems
}

/** The paths of all nulls of a document, in its own order. */
export function nullPaths(value: unknown, path: Path = []): Path[] {
  if (value === null) return [path]
  if (typeof value !== 'object') return []
  const inside: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return inside.flatMap(([key, one]) => nullPaths(one, [...path, key]))
}

/** Where a path stands in the text: the value itself, the surplus key, or the nearest thing around a missing one. */
function offsetOf(yaml: Document, path: Path, key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? yaml.contents : yaml.getIn(path.slice(0, length), true)
    if (!isNode(node)) continue
    if (key !== undefined && length === path.length && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      if (pair && isScalar(pair.key)) return pair.key.range?.[0] ?? 0
    }
    return node.range?.[0] ?? 0
  }
  return 0
}

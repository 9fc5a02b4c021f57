import type { Cap, FlatPolicy, PolicyDocument, Requirement } from './document.ts'

/** What keeps a document from being layered over its parents. */
export interface LayerFault {
  code: 'parent_missing' | 'inherits_itself' | 'loosens_parent'
  /** The parent that is missing, or the path of the rule. */
  path: string
  detail: string
}

/** The parent with this id, or null when it is not known (yet). */
export type DocumentLookup = (id: string) => PolicyDocument | null

/** A document with everything above it layered in, and what is wrong with that; faults do not stop the layering. */
export interface Layered {
  policy: FlatPolicy
  faults: LayerFault[]
}

// Identity says which text this is; a parent's would be another text's.
const notInherited = new Set([
  'schema',
  'id',
  'title',
  'doc_no',
  'issuer',
  'status',
  'effective',
  'label',
  'inherits',
  'unknown',
])

/**
 * Layers a document over its parents (policies/README.md §4): what is absent or null lets the parent show through, a
 * null never hides a value. Rules with an id are joined by it, caps by filter and window; the child's stand first.
 * Of several parents the one named first is the nearer.
 */
export function layer(document: PolicyDocument, lookup: DocumentLookup): Layered {
  const faults: LayerFault[] = []
  const policy = layerOver(document, lookup, [], faults)
  return { policy, faults }
}

function layerOver(
  document: PolicyDocument,
  lookup: DocumentLookup,
  below: string[],
  faults: LayerFault[],
): FlatPolicy {
  const chain = [...below, document.id]
  let flat: FlatPolicy = { ...document, layers: [document.id] }
  for (const id of document.inherits ?? []) {
    if (chain.includes(id)) {
      faults.push({ code: 'inherits_itself', path: id, detail: `${id} stands above itself` })
      continue
    }
    const found = lookup(id)
    if (!found) {
      faults.push({ code: 'parent_missing', path: id, detail: `the layer ${id} is not known` })
      continue
    }
    const parent = layerOver(found, lookup, chain, faults)
    faults.push(...loosened(flat, parent))
    flat = merged(flat, parent)
  }
  return flat
}

type Plain = Record<string, unknown>

function merged(child: FlatPolicy, parent: FlatPolicy): FlatPolicy {
  const inherited = Object.fromEntries(Object.entries(parent).filter(([key]) => !notInherited.has(key)))
  const layers = [...child.layers, ...parent.layers.filter((id) => !child.layers.includes(id))]
  return { ...(join(child, inherited) as FlatPolicy), layers }
}

function join(child: unknown, parent: unknown): unknown {
  if (child === undefined || child === null) return parent === undefined ? child : parent
  if (Array.isArray(child)) return Array.isArray(parent) ? joinLists(child, parent) : child
  if (!isPlain(child) || !isPlain(parent)) return child
  // An amount is one thing: a number of one layer with the unit of another would be a third amount.
  if ('value' in child && 'unit' in child) return child.value === null ? parent : child
  const keys = new Set([...Object.keys(child), ...Object.keys(parent)])
  return Object.fromEntries([...keys].map((key) => [key, join(child[key], parent[key])]))
}

function joinLists(child: unknown[], parent: unknown[]): unknown[] {
  const keyOf = [...child, ...parent].every(isRule) ? ruleKey : null
  if (!keyOf) return child
  const above = new Map((parent as Plain[]).map((rule) => [keyOf(rule), rule]))
  const own = (child as Plain[]).map((rule) => join(rule, above.get(keyOf(rule))))
  const ownKeys = new Set((child as Plain[]).map(keyOf))
  return [...own, ...(parent as Plain[]).filter((rule) => !ownKeys.has(keyOf(rule)))]
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isRule = (value: unknown): boolean => isPlain(value) && ('id' in value || 'max' in value)

function ruleKey(rule: Plain): string {
  if ('id' in rule) return String(rule.id)
  const filter = Object.entries((rule.filter ?? {}) as Plain).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([filter, rule.window ?? null])
}

/** A child may tighten a rule of a parent; to loosen one it says `override` and quotes its text. */
function loosened(child: FlatPolicy, parent: FlatPolicy): LayerFault[] {
  const faults: LayerFault[] = []
  const check = (path: string, rule: Permission, isLooser: boolean) => {
    if (!isLooser || (rule.override && rule.quote)) return
    const detail = `${path} asks less than ${parent.id} does, without override and quote`
    faults.push({ code: 'loosens_parent', path, detail })
  }
  for (const [own, above] of shared(child.requirements, parent.requirements, ({ id }) => id)) {
    check(`requirements.${own.id}`, own, asksLess(own, above))
  }
  for (const [own, above] of shared(child.caps, parent.caps, (cap) => ruleKey(cap))) {
    check(`caps.${ruleKey(own)}`, own, allowsMore(own, above))
  }
  const [cycle, cycleAbove] = [child.cycle, parent.cycle]
  if (cycle && cycleAbove) {
    const sameUnit = (cycle.target_unit ?? cycleAbove.target_unit) === cycleAbove.target_unit
    check('cycle.target', cycle, sameUnit && below(cycle.target, cycleAbove.target))
  }
  return faults
}

interface Permission {
  override?: boolean | null | undefined
  quote?: string | string[] | null | undefined
}

const below = (a: number | null | undefined, b: number | null | undefined) => a != null && b != null && a < b

// Amounts in different units cannot be compared without a ratio, which may be unknown: they are left to a reader.
function asksLess(own: Requirement, above: Requirement): boolean {
  const minimum = own.at_least?.unit === above.at_least?.unit
  const maximum = own.at_most?.unit === above.at_most?.unit
  return (
    (minimum && below(own.at_least?.value, above.at_least?.value)) ||
    (maximum && below(above.at_most?.value, own.at_most?.value))
  )
}

const allowsMore = (own: Cap, above: Cap) => below(above.max, own.max)

function shared<T>(
  child: T[] | null | undefined,
  parent: T[] | null | undefined,
  keyOf: (rule: T) => string,
): [T, T][] {
  const above = new Map((parent ?? []).map((rule) => [keyOf(rule), rule]))
  return (child ?? []).flatMap((rule): [T, T][] => {
    const other = above.get(keyOf(rule))
    return other ? [[rule, other]] : []
  })
}

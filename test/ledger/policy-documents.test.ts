import t from 'tap'
import type { PolicyDocument } from '../../ledger/policy/document.ts'
import { layer } from '../../ledger/policy/layer.ts'
import { nullPaths, readPolicies } from '../../ledger/policy/read.ts'
import { shipped, shippedFiles, shippedPolicy, shippedText } from './policy-cases.ts'

const refusal = (text: string) => {
  try {
    readPolicies(text)
  } catch (error) {
    return error as { code: string; errors: { line: number; path: string; detail: string }[] }
  }
  throw new Error('the file was taken')
}

t.test('every shipped file is read, each null listed and each listed path null', async (t) => {
  for (const file of shippedFiles) {
    for (const document of readPolicies(shippedText(file))) {
      const nulls = nullPaths(document).map((path) => path.join('.'))
      t.strictSame([...(document.unknown ?? [])].sort(), nulls.sort(), `${file}: ${document.id}`)
    }
  }
  t.equal(shipped.size, 11)
})

t.test('every shipped document stands over its parents without a fault', async (t) => {
  for (const document of shipped.values()) {
    const { faults } = layer(document, (id) => shipped.get(id) ?? null)
    t.strictSame(faults, [], document.id)
  }
})

t.test('a file that is no policy is refused with the line', async (t) => {
  const head = 'id: a.b\ntitle: 办法\n'
  const rows: { name: string; text: string; line: number; path: string }[] = [
    { name: 'an unknown key', text: `${head}dedup: highest\n`, line: 3, path: 'dedup' },
    {
      name: 'an unknown key inside',
      text: `${head}cycle:\n  years: 5\n  starts: 1\n`,
      line: 5,
      path: 'cycle.starts',
    },
    { name: 'a value of the wrong kind', text: `${head}max_per_item: many\n`, line: 3, path: 'max_per_item' },
    {
      name: 'a day that does not exist',
      text: `${head}effective: {from: 2026-02-30}\n`,
      line: 3,
      path: 'effective.from',
    },
    { name: 'a null that is not listed', text: `${head}dedupe: null\n`, line: 3, path: 'dedupe' },
    {
      name: 'a listed path that is not null',
      text: `${head}dedupe: first\nunknown: [dedupe]\n`,
      line: 4,
      path: 'unknown.0',
    },
    { name: 'a missing title', text: 'id: a.b\n', line: 1, path: 'title' },
    { name: 'an id that is none', text: 'id: A b\ntitle: x\n', line: 1, path: 'id' },
    { name: 'text that is no YAML', text: `${head}caps: [\n`, line: 4, path: '' },
    {
      name: 'the second document of a list',
      text: '- id: a.b\n  title: x\n- id: a.c\n  titel: x\n',
      line: 3,
      path: 'title',
    },
    {
      name: 'an id that stands twice',
      text: '- {id: a.b, title: x}\n- {id: a.b, title: y}\n',
      line: 2,
      path: 'id',
    },
  ]
  for (const { name, text, line, path } of rows) {
    t.test(name, async (t) => {
      t.match(refusal(text), { code: 'policy-refused', errors: [{ line, path }] })
    })
  }
})

t.test('layering', async (t) => {
  const documents: PolicyDocument[] = readPolicies(`
- {id: top, title: top, dedupe: first, cycle: {years: 5, target: 360, target_unit: hour}, categories: [a, b],
   requirements: [{id: r, window: cycle, at_least: {value: 100, unit: hour}}, {id: s, window: year, at_least: {value: 1, unit: hour}}],
   caps: [{filter: {form: f}, window: year, max: 40}, {filter: {level: school}, window: cycle, max: 100}]}
- {id: other, title: other, dedupe: highest, max_per_item: 60}
- {id: child, title: child, inherits: [top, other], dedupe: null, categories: [c], cycle: {years: null, from: 2026-01-01},
   requirements: [{id: r, at_least: {value: null, unit: credit}, quote: q}, {id: own, window: year, at_least: {value: 2, unit: hour}}],
   caps: [{filter: {form: f}, window: year, max: 30}],
   unknown: [dedupe, cycle.years, requirements.0.at_least.value]}
`)
  const lookup = (id: string) => documents.find((one) => one.id === id) ?? null
  const { policy, faults } = layer(documents[2] as PolicyDocument, lookup)

  t.strictSame(faults, [])
  t.strictSame(policy.layers, ['child', 'top', 'other'])
  t.equal(policy.title, 'child', 'identity is not inherited')
  t.equal(policy.dedupe, 'first', 'a null lets the nearer parent show through')
  t.equal(policy.max_per_item, 60)
  t.strictSame(policy.categories, ['c'], 'a list of words is replaced')
  t.match(policy.cycle, { years: 5, from: '2026-01-01', target: 360 })
  t.match(policy.requirements, [
    { id: 'r', window: 'cycle', at_least: { value: 100, unit: 'hour' }, quote: 'q' },
    { id: 'own' },
    { id: 's' },
  ])
  t.strictSame(
    policy.caps?.map(({ max }) => max),
    [30, 100],
    'a tighter cap replaces the parent’s, the others stay',
  )
})

t.test('what would loosen a parent', async (t) => {
  const faultsOf = (child: string) => {
    const documents = readPolicies(`
- {id: top, title: top, cycle: {target: 360, target_unit: hour}, caps: [{filter: {form: f}, window: year, max: 40}],
   requirements: [{id: r, window: cycle, at_least: {value: 100, unit: hour}}]}
- {id: child, title: child, inherits: [top], ${child}}
`)
    const { faults } = layer(
      documents[1] as PolicyDocument,
      (id) => documents.find((one) => one.id === id) ?? null,
    )
    return faults.map(({ code, path }) => `${code} ${path.split('[')[0]}`)
  }
  t.strictSame(faultsOf('caps: [{filter: {form: f}, window: year, max: 41}]'), ['loosens_parent caps.'])
  t.strictSame(faultsOf('cycle: {target: 300}'), ['loosens_parent cycle.target'])
  t.strictSame(faultsOf('cycle: {target: 400}'), [])
  t.strictSame(faultsOf('requirements: [{id: r, at_least: {value: 99, unit: hour}}]'), [
    'loosens_parent requirements.r',
  ])
  t.strictSame(faultsOf('requirements: [{id: r, at_least: {value: 99, unit: hour}, override: true}]'), [
    'loosens_parent requirements.r',
  ])
  t.strictSame(
    faultsOf('requirements: [{id: r, at_least: {value: 99, unit: hour}, override: true, quote: q}]'),
    [],
  )
})

t.test('a document that stands above itself is found out', async (t) => {
  const documents = readPolicies('- {id: a, title: a, inherits: [b]}\n- {id: b, title: b, inherits: [a]}\n')

  const { faults } = layer(
    documents[0] as PolicyDocument,
    (id) => documents.find((one) => one.id === id) ?? null,
  )

  t.match(faults, [{ code: 'inherits_itself', path: 'a' }])
})

t.test('a district shows the layers above it', async (t) => {
  t.strictSame(shippedPolicy('cn.js.changzhou.jintan.2018').cycle, {
    years: 5,
    anchor: null,
    target: 360,
    target_unit: 'hour',
  })
})

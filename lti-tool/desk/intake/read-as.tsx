import { Card, DataTable } from '../../web/components.tsx'
import type { ReadAsShown } from './answers.ts'
import type { RulesSay } from './rules-messages.ts'

/** The outcomes of reading, in the order in which people ask about them. */
const readOutcomes = [
  'completion',
  'attended',
  'assessment',
  'evidence',
  'withdrawal',
  'void',
  'no_rule',
  'not_in_category',
  'not_an_activity',
  'no_rule_set',
  'sealed',
  'rule_fault',
] as const

/** As what the statements of a source were read when they came: whoever writes rules sees what they pass over. */
export function ReadAs({ say, rows }: { say: RulesSay; rows: ReadAsShown[] }) {
  const known = (outcome: string) => readOutcomes.find((one) => one === outcome)
  const place = ({ outcome }: ReadAsShown) => (readOutcomes as readonly string[]).indexOf(outcome)
  return (
    <Card title={say('readAs')}>
      <DataTable<ReadAsShown>
        caption={say('readAs')}
        captionHidden
        empty=""
        rows={[...rows].sort((a, b) => place(a) - place(b))}
        rowKey={({ outcome }) => outcome}
        columns={[
          {
            label: say('outcome'),
            heading: true,
            cell: ({ outcome }) => {
              const one = known(outcome)
              return <span title={outcome}>{one ? say(`read_${one}`) : outcome}</span>
            },
          },
          { label: say('statementsRead'), numeric: true, cell: ({ statements }) => statements },
        ]}
      />
      <p class="small soft">{say('readAsHint')}</p>
    </Card>
  )
}

import {
  Badge,
  Card,
  CsrfField,
  DataTable,
  Notice,
  TextArea,
  TextField,
  type Tone,
} from '../../web/components.tsx'
import type { BridgeRefused } from '../bridge.ts'
import { type DeskFrame, shownInstant } from '../frame.tsx'
import { mayDo } from '../who.ts'
import type { ReadAsShown, RuleVersionShown, SourceShown, TrialShown } from './answers.ts'
import { Told } from './intake.tsx'
import { ReadAs } from './read-as.tsx'
import { type RulesSay, rulesText } from './rules-messages.ts'
import { Refusal } from './said.tsx'
import { Trial } from './trial.tsx'

/** What the form of rules holds. */
export interface RulesGiven {
  rules: string
  from: string
  why: string
}

interface Props {
  frame: DeskFrame
  source: SourceShown
  versions: RuleVersionShown[]
  readAs: ReadAsShown[]
  told?: string
  n?: number
  given?: RulesGiven | undefined
  refusal?: BridgeRefused
  trial?: TrialShown
}

/** The rules of one source: versions, decisions that are asked for, and the form to try and propose. */
export function RulesPage(props: Props) {
  const { frame, source, versions, readAs, told, n = 0, given, refusal, trial } = props
  const say = rulesText(frame.lang)
  const mayTend = mayDo(frame.who, 'tend_intake')
  return (
    <>
      <Told
        told={told}
        tellings={{
          needs: ['warn', say('needs')],
          slow: ['warn', say('tooSlow')],
          proposed: ['good', say('proposed', { n })],
          decided: ['good', say('decided', { n })],
        }}
      />
      {refusal && <Refusal lang={frame.lang} refusal={refusal} />}
      {trial && <Trial frame={frame} say={say} trial={trial} />}
      <Versions frame={frame} say={say} source={source} versions={versions} />
      {readAs.length > 0 && <ReadAs say={say} rows={readAs} />}
      {mayTend &&
        versions
          .filter(({ state }) => state === 'proposed')
          .map((version) => (
            <Deciding key={version.version} frame={frame} say={say} source={source} version={version} />
          ))}
      {mayTend ? (
        <Editor frame={frame} say={say} source={source} given={given} />
      ) : (
        given && (
          <Card title={say('yaml')}>
            <pre class="lines">{given.rules}</pre>
          </Card>
        )
      )}
    </>
  )
}

interface Part {
  frame: DeskFrame
  say: RulesSay
  source: SourceShown
}

const tones: Record<string, Tone> = { proposed: 'info', active: 'good', rejected: 'plain' }

function Versions({ frame, say, source, versions }: Part & { versions: RuleVersionShown[] }) {
  const { lang } = frame
  const base = `/desk/rules/${source.source_id}`
  return (
    <Card title={say('versions')}>
      <DataTable<RuleVersionShown>
        caption={say('versions')}
        captionHidden
        empty={say('noVersions', { preset: source.preset })}
        rows={versions}
        rowKey={({ version }) => version}
        columns={[
          {
            label: say('version'),
            heading: true,
            cell: ({ version }) => <a href={`${base}?load=${version}#editor`}>{`v${version}`}</a>,
          },
          { label: say('validFrom'), nowrap: true, cell: ({ valid_from }) => valid_from },
          { label: say('state'), cell: ({ state }) => <VersionState say={say} state={state} /> },
          {
            label: say('madeBy'),
            cell: ({ made_by, made_at, reason }) => (
              <>
                {made_by}
                <div class="small soft">{shownInstant(made_at, lang)}</div>
                <div class="small">{reason}</div>
              </>
            ),
          },
          {
            label: say('checkedBy'),
            cell: ({ checked_by, checked_at }) =>
              checked_by === null ? (
                '—'
              ) : (
                <>
                  {checked_by}
                  <div class="small soft">{shownInstant(checked_at, lang)}</div>
                </>
              ),
          },
          {
            label: say('applied'),
            cell: ({ state, applied_at }) =>
              state !== 'active'
                ? '—'
                : applied_at === null
                  ? say('applying')
                  : say('appliedAt', { when: shownInstant(applied_at, lang) ?? '' }),
          },
        ]}
      />
      <p>
        <a href={`${base}?load=preset#editor`}>{say('loadPreset')}</a>
      </p>
    </Card>
  )
}

function VersionState({ say, state }: { say: RulesSay; state: string }) {
  const known = (['proposed', 'active', 'rejected'] as const).find((one) => one === state)
  return <Badge tone={tones[state] ?? 'plain'}>{known ? say(`state_${known}`) : state}</Badge>
}

function Deciding({ frame, say, source, version }: Part & { version: RuleVersionShown }) {
  const isOwn = version.made_by === `login:${frame.who.login}`
  const why = `f-why-${version.version}`
  return (
    <Card title={say('decideTitle', { n: version.version })}>
      <form method="post" action={`/desk/rules/${source.source_id}/decide`} class="stack">
        <CsrfField token={frame.csrf} />
        <input type="hidden" name="version" value={version.version} />
        <input type="hidden" name="from" value={version.valid_from} />
        {isOwn && <Notice>{say('ownProposal')}</Notice>}
        <div class="field">
          <label for={why}>{say('why')}</label>
          <input id={why} type="text" name="why" required maxLength={500} />
        </div>
        <div class="row">
          <button type="submit" name="verdict" value="try" formNoValidate>
            {say('tryProposed')}
          </button>
          {!isOwn && (
            <button type="submit" name="verdict" value="approve" class="primary">
              {say('approve')}
            </button>
          )}
          <button type="submit" name="verdict" value="reject" class="danger">
            {say('reject')}
          </button>
        </div>
      </form>
    </Card>
  )
}

function Editor({ frame, say, source, given }: Part & { given: RulesGiven | undefined }) {
  return (
    <Card title={say('editor')} id="editor">
      <form
        method="post"
        action={`/desk/rules/${source.source_id}`}
        enctype="multipart/form-data"
        class="stack"
      >
        <CsrfField token={frame.csrf} />
        <TextArea
          name="rules"
          label={say('yaml')}
          hint={say('yamlHint')}
          value={given?.rules ?? ''}
          area={{ rows: 16, class: 'code', spellcheck: false, autoComplete: 'off' }}
        />
        <TextField
          name="file"
          label={say('file')}
          hint={say('fileHint')}
          input={{ type: 'file', accept: '.yaml,.yml,.json' }}
        />
        <div class="grid">
          <TextField name="from" label={say('from')} input={{ type: 'date', value: given?.from ?? '' }} />
          <TextField name="why" label={say('why')} input={{ maxLength: 500, value: given?.why ?? '' }} />
        </div>
        <p class="small soft">{`${say('trying')}${say('proposeHint')}`}</p>
        <div class="row">
          <button type="submit" name="step" value="try" class="primary">
            {say('doTry')}
          </button>
          <button type="submit" name="step" value="propose">
            {say('propose')}
          </button>
        </div>
      </form>
    </Card>
  )
}

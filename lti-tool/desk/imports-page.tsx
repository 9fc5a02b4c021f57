import type { ComponentChildren } from 'preact'
import type { Fault } from '../../foundation/errors.ts'
import { isoOf } from '../../foundation/time.ts'
import type { CatalogueImportResult } from '../../ledger/catalogue/import.ts'
import type { RosterImportResult } from '../../ledger/roster/import.ts'
import type { RosterImportListed } from '../../ledger/roster/imports-listed.ts'
import type { Remark } from '../../ledger/roster/roster-check.ts'
import { Card, CsrfField, DataTable, Notice } from '../web/components.tsx'
import { type DeskFrame, shownInstant } from './frame.tsx'

/** What became of roster files: looked at, imported, or sent back. */
export type RosterAnswer =
  | { outcome: 'preview'; result: RosterImportResult; seen: string; note?: 'filesDiffer' | 'previewFirst' }
  | { outcome: 'imported'; result: RosterImportResult }
  | { outcome: 'no_file' }
  | { outcome: 'unreadable'; faults: string[] }

/** What became of a catalogue file. */
export type CatalogueAnswer =
  | { outcome: 'imported'; result: CatalogueImportResult }
  | { outcome: 'no_file' | 'misread' }
  | { outcome: 'faulty'; faults: Fault[] }
  | { outcome: 'locked'; what: string }

/** How many faults a page lists; the file of failed rows has all. */
const mostShown = 200

/** The page of imports. The results stand where htmx puts them, so that a browser with scripts keeps the chosen files. */
export function Imports(props: {
  frame: DeskFrame
  undone: boolean
  earlier: RosterImportListed[]
  rosterResult: ComponentChildren
  catalogueResult: ComponentChildren
}) {
  const { frame, earlier } = props
  const { say, csrf } = frame
  return (
    <div class="stack">
      {props.undone && <Notice tone="good">{say('undoDone')}</Notice>}
      <Card title={say('importRoster')}>
        <div class="stack">
          <form
            id="roster"
            method="post"
            action="/desk/imports/roster"
            enctype="multipart/form-data"
            class="stack"
            {...swapping('/desk/imports/roster', '#roster-result')}
          >
            <CsrfField token={csrf} />
            <Files name="files" label={say('files')} hint={say('rosterHint')} accept=".csv,.txt" multiple />
            <div class="row">
              <button type="submit" name="step" value="preview" class="primary">
                {say('dryRun')}
              </button>
            </div>
          </form>
          <div id="roster-result" role="status" class="stack">
            {props.rosterResult}
          </div>
        </div>
      </Card>
      <Card title={say('importCatalogue')}>
        <div class="stack">
          <form
            id="catalogue"
            method="post"
            action="/desk/imports/catalogue"
            enctype="multipart/form-data"
            class="stack"
            {...swapping('/desk/imports/catalogue', '#catalogue-result')}
          >
            <CsrfField token={csrf} />
            <Files name="catalogue" label={say('file')} hint="xueshi-catalogue/1" accept=".yaml,.yml" />
            <div class="row">
              <button type="submit" class="primary">
                {say('doImportNow')}
              </button>
            </div>
          </form>
          <div id="catalogue-result" role="status" class="stack">
            {props.catalogueResult}
          </div>
        </div>
      </Card>
      <Card title={say('earlierImports')}>
        <Earlier frame={frame} rows={earlier} />
      </Card>
    </div>
  )
}

const swapping = (address: string, target: string) => ({
  'hx-post': address,
  'hx-encoding': 'multipart/form-data',
  'hx-target': target,
  'hx-select': target,
  'hx-swap': 'outerHTML',
})

function Files(props: { name: string; label: string; hint: string; accept: string; multiple?: boolean }) {
  const { name, label, hint, accept, multiple = false } = props
  return (
    <div class="field">
      <label for={`f-${name}`}>{label}</label>
      <input
        id={`f-${name}`}
        type="file"
        name={name}
        accept={accept}
        multiple={multiple}
        required
        aria-describedby={`f-${name}-hint`}
      />
      <span class="hint" id={`f-${name}-hint`}>
        {hint}
      </span>
    </div>
  )
}

/** What roster files would change or changed, and the rows that cannot be taken. */
export function RosterResult({ frame, answer }: { frame: DeskFrame; answer: RosterAnswer }) {
  const { say } = frame
  if (answer.outcome === 'no_file') return <Notice tone="warn">{say('noFile')}</Notice>
  if (answer.outcome === 'unreadable') {
    return (
      <Notice tone="bad" title={say('rosterMisread')}>
        <ul>
          {answer.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      </Notice>
    )
  }
  const { result } = answer
  const { schools, teachers, employments, unchanged, failed } = result
  const changes = schools + teachers + employments > 0
  const isPreview = answer.outcome === 'preview'
  return (
    <>
      {isPreview && answer.note && <Notice tone="warn">{say(answer.note)}</Notice>}
      <Notice tone={isPreview ? 'info' : 'good'}>
        {say(isPreview ? 'dryRunDone' : 'importDone', { schools, teachers, employments, unchanged, failed })}
      </Notice>
      {isPreview && !changes && <p>{say('nothingChanges')}</p>}
      {isPreview && changes && (
        <div class="stack">
          <input type="hidden" name="seen" value={answer.seen} form="roster" />
          <div class="row">
            <button type="submit" name="step" value="import" form="roster" class="primary">
              {say('doImport')}
            </button>
            <span class="small soft">{say('keepFiles')}</span>
          </div>
        </div>
      )}
      {result.failures.length > 0 && (
        <>
          <h3>{say('failedRows')}</h3>
          {result.failedFiles.map(({ file, bytes }) => (
            <FailedFile key={file} frame={frame} name={file} bytes={bytes} />
          ))}
          <Remarks frame={frame} caption={say('failedRows')} rows={result.failures} />
        </>
      )}
      {result.remarks.length > 0 && (
        <>
          <h3>{say('remarks')}</h3>
          <Remarks frame={frame} caption={say('remarks')} rows={result.remarks} />
        </>
      )}
    </>
  )
}

function FailedFile({
  frame: { say, csrf },
  name,
  bytes,
}: {
  frame: DeskFrame
  name: string
  bytes: Buffer
}) {
  return (
    <form method="post" action="/desk/imports/failed" class="row">
      <CsrfField token={csrf} />
      <input type="hidden" name="name" value={name} />
      <input type="hidden" name="bytes" value={bytes.toString('base64')} />
      <button type="submit">{say('downloadFailed')}</button>
      <span class="small soft">{name}</span>
    </form>
  )
}

function Remarks({ frame: { say }, caption, rows }: { frame: DeskFrame; caption: string; rows: Remark[] }) {
  return (
    <>
      {rows.length > mostShown && <p class="small soft">{say('showingFirst', { n: mostShown })}</p>}
      <DataTable<Remark>
        caption={caption}
        captionHidden
        empty=""
        rows={rows.slice(0, mostShown)}
        columns={[
          { label: say('file'), cell: ({ file }) => file },
          { label: say('line'), numeric: true, cell: ({ line }) => (line === 0 ? '—' : line) },
          { label: say('column'), heading: true, cell: ({ column }) => column || '—' },
          { label: say('reasonColumn'), cell: ({ reason }) => reason },
        ]}
      />
    </>
  )
}

/** What a catalogue file brought, or where its faults are. */
export function CatalogueResult({ frame, answer }: { frame: DeskFrame; answer: CatalogueAnswer }) {
  const { say } = frame
  switch (answer.outcome) {
    case 'no_file':
      return <Notice tone="warn">{say('noFile')}</Notice>
    case 'misread':
      return <Notice tone="bad">{say('catalogueUnreadable')}</Notice>
    case 'locked':
      return <Notice tone="warn">{say('catalogueLocked', { what: answer.what })}</Notice>
    case 'faulty':
      return (
        <>
          <Notice tone="bad">{say('catalogueFaults')}</Notice>
          <Faults frame={frame} rows={answer.faults} />
        </>
      )
    case 'imported': {
      const { projects, offerings, classes, sessions, warnings } = answer.result
      return (
        <>
          <Notice tone="good">{say('catalogueDone', { projects, offerings, classes, sessions })}</Notice>
          {warnings.length > 0 && (
            <>
              <h3>{say('remarks')}</h3>
              <Faults frame={frame} rows={warnings.map((one) => ({ ...one, pointer: one.path }))} />
            </>
          )}
        </>
      )
    }
  }
}

function Faults({ frame: { say }, rows }: { frame: DeskFrame; rows: Fault[] }) {
  return (
    <DataTable<Fault>
      caption={say('importCatalogue')}
      captionHidden
      empty=""
      rows={rows.slice(0, mostShown)}
      columns={[
        { label: say('line'), numeric: true, cell: ({ line }) => (line ? Number(line) : '—') },
        { label: say('column'), numeric: true, cell: ({ column }) => (column ? Number(column) : '—') },
        { label: say('place'), heading: true, cell: ({ pointer }) => <code>{pointer ?? '—'}</code> },
        { label: say('reasonColumn'), cell: ({ detail }) => detail },
      ]}
    />
  )
}

function Earlier({ frame: { say, lang, csrf }, rows }: { frame: DeskFrame; rows: RosterImportListed[] }) {
  return (
    <DataTable<RosterImportListed>
      caption={say('earlierImports')}
      captionHidden
      empty={say('noImports')}
      rows={rows}
      rowKey={({ importId }) => importId}
      columns={[
        { label: say('importNo'), numeric: true, heading: true, cell: ({ importNo }) => importNo },
        {
          label: say('when'),
          nowrap: true,
          cell: ({ recordedAt }) => shownInstant(isoOf(recordedAt), lang),
        },
        { label: say('actor'), cell: ({ actor }) => actor },
        {
          label: say('importRoster'),
          cell: ({ counts: { schools = 0, teachers = 0, employments = 0 } }) =>
            say('rows', { schools, teachers, employments }),
        },
        {
          label: say('state'),
          cell: ({ importId, undoneAt }) =>
            undoneAt === null ? (
              <form method="post" action="/desk/imports/undo">
                <CsrfField token={csrf} />
                <input type="hidden" name="import_id" value={importId} />
                <button type="submit" class="danger">
                  {say('undo')}
                </button>
              </form>
            ) : (
              say('undone', { when: shownInstant(isoOf(undoneAt), lang) ?? '' })
            ),
        },
      ]}
    />
  )
}

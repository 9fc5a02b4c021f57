import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ExpectedError, InvalidInput } from '../../foundation/errors.ts'
import { sha256 } from '../../foundation/ids.ts'
import { actorOf } from '../../ledger/access/role.ts'
import { importCatalogue } from '../../ledger/catalogue/import.ts'
import type { GivenFile } from '../../ledger/roster/csv-file.ts'
import { importRoster } from '../../ledger/roster/import.ts'
import { rosterImportsOf } from '../../ledger/roster/imports-listed.ts'
import { undoRosterImport } from '../../ledger/roster/undo-import.ts'
import type { Desk } from './desk.ts'
import { sendDesk, sendForbidden } from './frame.tsx'
import {
  type CatalogueAnswer,
  CatalogueResult,
  Imports,
  type RosterAnswer,
  RosterResult,
} from './imports-page.tsx'
import { readUpload } from './upload.ts'
import { mayDo, maySee } from './who.ts'

const failedFile = z.object({ name: z.string().min(1).max(255), bytes: z.string().min(1) })

/** How large a file of failed rows may come back, in bytes of the form: what came in, in base64 and percent signs. */
const returnLimit = 48 * 1024 * 1024

/** Import of rosters and catalogues: a look first, then the deed; bad rows come back as a file. */
export const importRoutes: FastifyPluginAsync<Desk> = async (app, desk) => {
  app.get<{ Querystring: { undone?: string } }>('/imports', async (request, reply) => {
    if (!maySee(request.desk.who, 'imports')) return sendForbidden(reply, request.desk)
    return show(request, reply, { undone: request.query.undone === '1' })
  })

  app.post('/imports/roster', async (request, reply) => {
    if (!mayDo(request.desk.who, 'import')) return sendForbidden(reply, request.desk)
    const { fields, files } = await readUpload(request)
    desk.refuseForeign(request)
    const answer = await roster(request, fields, files)
    const isBad = answer.outcome === 'no_file' || answer.outcome === 'unreadable'
    return show(request, reply, { roster: answer, status: isBad ? 422 : 200 })
  })

  app.post('/imports/catalogue', async (request, reply) => {
    if (!mayDo(request.desk.who, 'import')) return sendForbidden(reply, request.desk)
    const { files } = await readUpload(request)
    desk.refuseForeign(request)
    const answer = await catalogue(request, files[0])
    return show(request, reply, { catalogue: answer, status: answer.outcome === 'imported' ? 200 : 422 })
  })

  // The rows travel inside the page and back, since they hold what the file held: nothing of them is kept here or put
  // into an address.
  app.post('/imports/failed', { bodyLimit: returnLimit }, async (request, reply) => {
    desk.refuseForeign(request)
    if (!mayDo(request.desk.who, 'import')) return sendForbidden(reply, request.desk)
    const given = failedFile.safeParse(request.body)
    if (!given.success) throw new InvalidInput('bad-request', 'a file of failed rows has a name and bytes')
    const { name, bytes } = given.data
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="failed.csv"; filename*=UTF-8''${encoded(name)}`)
      .send(Buffer.from(bytes, 'base64'))
  })

  app.post('/imports/undo', async (request, reply) => {
    desk.refuseForeign(request)
    const { who } = request.desk
    if (!mayDo(who, 'import')) return sendForbidden(reply, request.desk)
    const given = z.object({ import_id: z.uuid() }).safeParse(request.body)
    if (!given.success) throw new InvalidInput('bad-request', 'the import to take back is named by its id')
    await undoRosterImport(desk, given.data.import_id, { actor: actorOf(who) })
    return reply.redirect('/desk/imports?undone=1', 303)
  })

  async function roster(
    { desk: { who } }: FastifyRequest,
    fields: Record<string, string>,
    files: GivenFile[],
  ): Promise<RosterAnswer> {
    if (files.length === 0) return { outcome: 'no_file' }
    const seen = digestOf(files)
    const isSeen = fields.seen === seen
    try {
      if (fields.step === 'import' && isSeen) {
        return { outcome: 'imported', result: await importRoster(desk, files, { actor: actorOf(who) }) }
      }
      const result = await importRoster(desk, files, { dryRun: true, actor: actorOf(who) })
      if (fields.step !== 'import') return { outcome: 'preview', result, seen }
      return { outcome: 'preview', result, seen, note: fields.seen ? 'filesDiffer' : 'previewFirst' }
    } catch (error) {
      if (!(error instanceof InvalidInput) || error.code !== 'roster-unreadable') throw error
      return { outcome: 'unreadable', faults: (error.errors ?? []).map(({ detail }) => detail) }
    }
  }

  async function catalogue(
    { desk: { who } }: FastifyRequest,
    file: GivenFile | undefined,
  ): Promise<CatalogueAnswer> {
    if (!file || file.bytes.length === 0) return { outcome: 'no_file' }
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(file.bytes)
    } catch {
      return { outcome: 'misread' }
    }
    try {
      return { outcome: 'imported', result: await importCatalogue(desk, text, { actor: actorOf(who) }) }
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error
      if (error.code === 'catalogue-invalid') return { outcome: 'faulty', faults: error.errors ?? [] }
      if (error.code !== 'catalogue-locked') throw error
      return { outcome: 'locked', what: error.message.slice(error.message.lastIndexOf(': ') + 2) }
    }
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    told: { roster?: RosterAnswer; catalogue?: CatalogueAnswer; undone?: boolean; status?: number },
  ) {
    const frame = request.desk
    const body = (
      <Imports
        frame={frame}
        undone={told.undone === true}
        earlier={await rosterImportsOf(desk.db)}
        rosterResult={told.roster && <RosterResult frame={frame} answer={told.roster} />}
        catalogueResult={told.catalogue && <CatalogueResult frame={frame} answer={told.catalogue} />}
      />
    )
    const { status = 200 } = told
    return sendDesk(reply, frame, { room: 'imports', title: frame.say('importsTitle'), body, status })
  }
}

/** What was looked at is what is imported: the same bytes, whatever the files are called and in any order. */
function digestOf(files: GivenFile[]): string {
  const digests = files.map(({ bytes }) => sha256(Buffer.from(bytes)).toString('hex')).sort()
  return sha256(digests.join('\n')).toString('hex')
}

/** A name as RFC 5987 writes it. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

import type { FastifyRequest } from 'fastify'
import type { GivenFile } from '../../ledger/roster/csv-file.ts'

/** A form with files, as it came. */
export interface Upload {
  fields: Record<string, string>
  /** In the order of the form; a file field that was left empty brings none. */
  files: GivenFile[]
}

/** Reads a form with files, and leaves its fields as the body, where the CSRF token is looked for. */
export async function readUpload(request: FastifyRequest): Promise<Upload> {
  const fields: Record<string, string> = {}
  const files: GivenFile[] = []
  for await (const part of request.parts()) {
    if (part.type === 'field') fields[part.fieldname] = String(part.value)
    else {
      const bytes = await part.toBuffer()
      if (part.filename || bytes.length > 0) files.push({ name: part.filename, bytes })
    }
  }
  request.body = fields
  return { fields, files }
}

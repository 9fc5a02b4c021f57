import { stringify } from 'yaml'
import type { Handle } from '../../foundation/database/connect.ts'
import { NotFound } from '../../foundation/errors.ts'
import { documentOf } from './rule-set.ts'
import { baseRules, type RuledSource } from './source-rules.ts'
import { versionAt } from './versions.ts'

/**
 * The document of one version of the rules of a source as YAML, for people to read and change; without a version that
 * of its preset, empty where it has none. Throws NotFound `rules-unknown`.
 */
export async function rulesAsYaml(
  handle: Handle,
  source: RuledSource,
  versionNo: number | null,
): Promise<string> {
  if (versionNo === null) {
    const base = baseRules(source)
    return base ? stringify(JSON.parse(documentOf(base))) : ''
  }
  const version = await versionAt(handle, source.id, versionNo)
  if (!version) throw new NotFound('rules-unknown', 'the source has no such version of its rules')
  return stringify(JSON.parse(version.document))
}

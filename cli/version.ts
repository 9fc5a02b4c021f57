import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../foundation/root.ts'

/** The version of this program, as package.json says it. */
export const version: string = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).version

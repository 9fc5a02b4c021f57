import { resolve } from 'node:path'

/** Runs one built test file under the name of its source, by which tap knows its snapshots and folders. */
const [, , file = ''] = process.argv
process.argv.splice(1, 2, resolve(file))
await import(new URL(`../../${file.replace(/\.tsx?$/, '.js')}`, import.meta.url).href)

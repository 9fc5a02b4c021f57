import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { FastifyPluginAsync } from 'fastify'
import { sha256 } from '../../foundation/ids.ts'
import { projectRoot } from '../../foundation/root.ts'

const own = (file: string) => join(projectRoot, 'lti-tool/web/assets', file)

/** Where each served file comes from. A script or a style that is not in this list is not served. */
const SOURCES = {
  'xueshi.css': own('xueshi.css'),
  'icon.svg': own('icon.svg'),
  'page.js': own('page.js'),
  'login.js': own('login.js'),
  'launch.js': own('launch.js'),
  'session.js': own('session.js'),
  'submit-form.js': own('submit-form.js'),
  'register.js': own('register.js'),
  'course.js': own('course.js'),
  'htmx.js': createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'),
} as const

const TYPES: Record<string, string> = { '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' }

/** Name of a file that {@link webAssets} serves. */
export type AssetName = keyof typeof SOURCES

interface Asset {
  type: string
  tag: string
  plain: Buffer
  gzip: Buffer
  brotli: Buffer
}

const loaded = new Map<AssetName, Asset>()

function assetOf(name: AssetName): Asset {
  const known = loaded.get(name)
  if (known) return known
  const plain = readFileSync(SOURCES[name])
  const asset = {
    type: TYPES[name.slice(name.lastIndexOf('.'))] ?? 'text/javascript; charset=utf-8',
    tag: sha256(plain).toString('hex').slice(0, 12),
    plain,
    gzip: gzipSync(plain),
    brotli: brotliCompressSync(plain),
  }
  loaded.set(name, asset)
  return asset
}

/** Address of an asset, with the hash of its bytes in it: a changed file is a new address, so a browser may keep the old for ever. */
export function assetUrl(name: AssetName): string {
  return `/assets/${assetOf(name).tag}/${name}`
}

/**
 * Serves the styles and scripts of the pages from memory, compressed once, cacheable for a year.
 *
 * An address with an old hash gets the present file without the long promise: during a roll-out a page of the other version may ask.
 */
export const webAssets: FastifyPluginAsync = async (app) => {
  app.get<{ Params: { tag: string; name: string } }>('/assets/:tag/:name', async (request, reply) => {
    const { tag, name } = request.params
    if (!Object.hasOwn(SOURCES, name)) return reply.callNotFound()
    const asset = assetOf(name as AssetName)
    const accepts = request.headers['accept-encoding'] ?? ''
    const [encoding, body] = /\bbr\b/.test(accepts)
      ? (['br', asset.brotli] as const)
      : /\bgzip\b/.test(accepts)
        ? (['gzip', asset.gzip] as const)
        : (['identity', asset.plain] as const)
    return reply
      .header('content-type', asset.type)
      .header('content-encoding', encoding)
      .header('vary', 'accept-encoding')
      .header('x-content-type-options', 'nosniff')
      .header(
        'cache-control',
        tag === asset.tag ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
      )
      .send(body)
  })
}

import type { Instant } from '../../foundation/time.ts'
import { isoOf } from '../../foundation/time.ts'

/** The header that says up to when everything stored can be seen. */
export function consistentThrough(watermark: Instant): Record<string, string> {
  return { 'X-Experience-API-Consistent-Through': isoOf(watermark) }
}

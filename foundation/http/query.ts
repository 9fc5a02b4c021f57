import { z } from 'zod'

/**
 * The parameters that an address takes, and no others: one that is not known, or misspelt, is refused with the names of
 * those there are, for else a list would be answered that nobody asked for.
 */
export function queryOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape)
  const known = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no parameter ${(issue.keys as string[]).join(', ')} here; ${known}`
        : undefined,
  })
}

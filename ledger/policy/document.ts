/** A policy document with its parents layered in. */
export interface FlatPolicy {
  id: string
  title: string
}

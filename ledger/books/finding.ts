/** What is wrong, and at which posting; seq is null for what no posting names. */
export interface AccountFinding {
  seq: number | null
  what: string
}

import { plainPolicy } from './small-district.ts'

/** The plain policy with one requirement of a year: twelve hours. */
export const yearlyPolicy = plainPolicy.replace(
  /requirements:\n.*\n/,
  `requirements:
  - {id: yearly, audience: all, window: year, at_least: {value: 12, unit: hour}, quote: 每年不少于12学时}
`,
)

import { readdirSync, readFileSync } from 'node:fs'

/** What a process has used so far. Zero where the system does not tell (only Linux does, in /proc). */
export interface Usage {
  /** Processor time of all its threads, in seconds. */
  seconds: number
  /** Resident memory now, in bytes. */
  resident: number
  /** The most resident memory it ever had, in bytes. */
  peak: number
  /** Open files and sockets. */
  files: number
}

/** Ticks of /proc/PID/stat in a second; 100 on every Linux that Node runs on. */
const ticks = 100

/** What a process has used so far. */
export function usageOf(pid: number): Usage {
  const fields = textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  const status = textOf(`/proc/${pid}/status`)
  return {
    seconds: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticks,
    resident: kilobytesIn(status, 'VmRSS') * 1024,
    peak: kilobytesIn(status, 'VmHWM') * 1024,
    files: filesOf(pid),
  }
}

function kilobytesIn(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
}

function filesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

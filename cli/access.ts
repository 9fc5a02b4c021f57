import type { Command } from 'commander'

/** Commands about who may sign in and act. */
export function addAccessCommands(_program: Command): void {}

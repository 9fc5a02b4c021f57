/** Presets that a source may be registered with; the bridge has the last word. */
export const presets = [
  'adl',
  'moodle-logstore',
  'cmi5',
  'articulate',
  'h5p',
  'scorm-wrapper',
  'video-profile',
  'openedx',
  'xueshi-tool',
] as const

/** What a credential may be made to permit. */
export const scopes = [
  'statements/write',
  'statements/read/mine',
  'statements/read',
  'state',
  'profile',
  'define',
  'all/read',
  'all',
  'statements/void',
] as const

/** What may be chosen for the settings of a source, with the key of its label in `sourcesText`. */
export const choices = {
  outside: { label: 'outside', values: ['keep', 'refuse'] },
  guard: { label: 'guard', values: ['block', 'seal', 'off'] },
  on_void: { label: 'onVoid', values: ['review', 'auto'] },
  on_conflict: { label: 'onConflict', values: ['refuse', 'quiet'] },
  on_overload: { label: 'onOverload', values: ['refuse', 'wait'] },
  hops: { label: 'hops', values: ['ignore', 'honour'] },
} as const

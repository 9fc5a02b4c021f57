/** Where a launch wants to go: one offering, or none in particular. */
export interface Target {
  offering: string | null
}

const path = /^\/lti\/launch(?:\/offerings\/([^/]{1,200}))?$/

/**
 * Reads a target_link_uri that is allowed: our own origin, one of our two launch paths, no user info, no fragment.
 * Anything else is null. The text is judged as a browser would read it, so `\`, dot segments and case hide nothing.
 */
export function targetOf(publicUrl: string, text: string): Target | null {
  if (text.length > 2048 || text.includes('#') || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.origin !== new URL(publicUrl).origin || url.username || url.password) return null
  const found = path.exec(url.pathname)
  if (!found) return null
  try {
    return { offering: found[1] === undefined ? null : decodeURIComponent(found[1]) }
  } catch {
    return null
  }
}

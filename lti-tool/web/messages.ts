/** Languages of the pages. zh-CN is complete; en follows it key by key, which the type of {@link catalogue} demands. */
export type Lang = 'zh-CN' | 'en'

/** Says one text of a catalogue; `{name}` in it is replaced by the value of that name. */
export type Say<Key extends string> = (key: Key, values?: Record<string, string | number>) => string

/**
 * Binds the texts of one room to a language: `const say = texts('zh-CN'); say('finish', { n: 3 })`.
 *
 * Each room keeps its own `messages.ts`, so that a text stands beside the page that says it. A key that one language lacks is a type
 * error. A place holder without a value stays visible: a page with `{n}` is a defect somebody sees, an empty gap is not.
 */
export function catalogue<const Zh extends Record<string, string>>(
  zh: Zh,
  en: { [Key in keyof Zh]: string },
): (lang: Lang) => Say<Extract<keyof Zh, string>> {
  return (lang) => (key, values) => {
    const text: string = (lang === 'en' ? en : zh)[key]
    return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text
  }
}

/**
 * Chooses the language of a page: what the platform said at the launch (`launch_presentation.locale`), else what the browser prefers,
 * else Chinese. Only a first choice of English leads away from Chinese.
 */
export function langOf(wish: {
  locale?: string | null | undefined
  acceptLanguage?: string | undefined
}): Lang {
  const first = wish.locale || wish.acceptLanguage?.split(',')[0] || ''
  return /^en(?![a-z])/i.test(first.trim()) ? 'en' : 'zh-CN'
}

/** Texts of the frame around every page, and words that every room uses. */
export const webText = catalogue(
  {
    brand: '学时簿',
    skip: '跳到正文',
    navigation: '主导航',
    offline: '网络未连接，请检查网络后重试。',
    failed: '这一步没有完成，请稍后再试。',
    expired: '登录已过期，请回到课程页面重新打开。',
    hours: '学时',
    empty: '暂无记录',
    previous: '上一页',
    next: '下一页',
    pageOf: '第 {page} / {pages} 页',
    total: '共 {total} 条',
    required: '必填',
    done: '已完成',
    details: '详情',
  },
  {
    brand: 'Xueshi',
    skip: 'Skip to content',
    navigation: 'Main',
    offline: 'You are offline. Check the connection and try again.',
    failed: 'That did not work. Please try again later.',
    expired: 'Your session has ended. Open this again from your course.',
    hours: 'hours',
    empty: 'Nothing here yet',
    previous: 'Previous',
    next: 'Next',
    pageOf: 'Page {page} of {pages}',
    total: '{total} in all',
    required: 'required',
    done: 'Done',
    details: 'Details',
  },
)

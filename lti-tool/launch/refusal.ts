import { type ErrorKind, ExpectedError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/ids.ts'

/** What a person reads when she is refused: what happened, and what to do. */
interface Words {
  zh: [title: string, advice: string]
  en: [title: string, advice: string]
}

const again: [string, string] = [
  '请回到课程页面，重新打开本活动。',
  'Go back to the course and open this activity again.',
]

function words(zh: string, en: string, advice: [zh: string, en: string] = again): Words {
  return { zh: [zh, advice[0]], en: [en, advice[1]] }
}

const askAdministrator: [string, string] = [
  '请把下面的代码和编号告诉平台管理员。',
  'Tell the administrator of your platform the code and reference below.',
]

/** Each code of the launch door, with the kind of failure it is and the words of its page. docs/problems.md lists them. */
export const refusals = {
  'lti-malformed': {
    kind: 'invalid',
    words: words('平台发来的请求不完整', 'The request from your platform is incomplete'),
  },
  'lti-platform-unknown': {
    kind: 'invalid',
    words: words(
      '学时簿没有登记这个平台，或登记已停用',
      'This platform is not registered here, or is switched off',
      askAdministrator,
    ),
  },
  'lti-target-refused': {
    kind: 'unauthenticated',
    words: words(
      '课程里的链接不指向学时簿',
      'The link in the course does not point to Xueshi',
      askAdministrator,
    ),
  },
  'lti-platform-refused': {
    kind: 'unauthenticated',
    words: words('平台没有确认您的身份', 'Your platform did not confirm who you are', [
      '请先在平台登录，再从课程页面打开。',
      'Sign in to your platform, then open this again from the course.',
    ]),
  },
  'lti-state-unknown': {
    kind: 'unauthenticated',
    words: words('这次进入已过期，或已经用过', 'This launch has expired or was used before'),
  },
  'lti-platform-inactive': {
    kind: 'forbidden',
    words: words('这个平台目前停用', 'This platform is switched off at present', askAdministrator),
  },
  'lti-browser-unbound': {
    kind: 'unauthenticated',
    words: words('浏览器没有带回进入凭据', 'Your browser did not bring back the proof of this launch', [
      '请在新窗口中打开课程，或允许本站使用 Cookie，然后重试。',
      'Open the course in a window of its own, or allow cookies for this site, then try again.',
    ]),
  },
  'lti-token-invalid': {
    kind: 'unauthenticated',
    words: words('无法核实平台的签名', 'The signature of your platform could not be verified'),
  },
  'lti-keys-unavailable': {
    kind: 'unavailable',
    words: words('暂时取不到平台的公钥', 'The keys of your platform cannot be fetched at present', [
      '请过几分钟再试；仍不行时请告诉平台管理员。',
      'Try again in a few minutes; if it persists, tell the administrator of your platform.',
    ]),
  },
  'lti-nonce-mismatch': {
    kind: 'unauthenticated',
    words: words('这次进入与登录不相符', 'This launch does not belong to the login that began it'),
  },
  'lti-claims-invalid': {
    kind: 'unauthenticated',
    words: words(
      '平台发来的课程信息不合规范',
      'What your platform sent does not follow the standard',
      askAdministrator,
    ),
  },
  'lti-deployment-unknown': {
    kind: 'forbidden',
    words: words(
      '这个部署还没有得到区级管理员的批准',
      'This deployment awaits approval by the district',
      askAdministrator,
    ),
  },
  'lti-return-url-refused': {
    kind: 'unauthenticated',
    words: words(
      '平台给出的返回地址不可信',
      'The return address from your platform is not trusted',
      askAdministrator,
    ),
  },
  'lti-replayed': {
    kind: 'unauthenticated',
    words: words('这次进入已经用过', 'This launch was used before'),
  },
  'lti-leader-only': {
    kind: 'forbidden',
    words: words('选取课程只对课程负责人开放', 'Only who leads a course may choose content for it', [
      '请让本课程的负责教师来添加；您可以从课程页面打开已有的活动。',
      'Ask the teacher who leads this course; activities that are there open from the course page.',
    ]),
  },
  'link-request-answered': {
    kind: 'conflict',
    words: words('这次选取已经完成', 'This choice was answered before', [
      '请回到课程页面；要再选一次，请重新点「添加内容」。',
      'Go back to the course; to choose once more, add content again from there.',
    ]),
  },
  'lti-review-refused': {
    kind: 'forbidden',
    words: words('只能查看自己的作业', 'Only who leads the course, or the learner, may look at this work', [
      '课程负责人可以查看本课程的学员；学员只能查看自己的。',
      'Open your own work, or ask who leads the course.',
    ]),
  },
  'lti-open-from-course': {
    kind: 'invalid',
    words: words('这个地址只能由课程平台打开', 'This address is opened by a learning platform only'),
  },
  'lti-register-closed': {
    kind: 'missing',
    words: words('登记平台需要一次性链接', 'Registering a platform needs a one-time link', [
      '请向区级管理员索取登记链接。',
      'Ask the district administrator for a registration link.',
    ]),
  },
  'lti-handover-refused': {
    kind: 'unauthenticated',
    words: words('进入凭据已用过或已过期', 'The hand-over code was used or has expired'),
  },
  'lti-unavailable': {
    kind: 'unavailable',
    words: words('学时簿暂时不可用', 'Xueshi is not available at present', [
      '请过几分钟再试。',
      'Try again in a few minutes.',
    ]),
  },
  'not-found': {
    kind: 'missing',
    words: words('没有这个页面', 'There is no such page'),
  },
  'rate-limited': {
    kind: 'limited',
    words: words('被拒绝的请求过多', 'Too many refused requests', [
      '请过几分钟再试。',
      'Try again in a few minutes.',
    ]),
  },
  'session-ended': {
    kind: 'unauthenticated',
    words: words('登录已过期', 'Your session has ended'),
  },
  'csrf-refused': {
    kind: 'forbidden',
    words: words('操作不是从学时簿的页面发出的', 'The request did not come from a page of Xueshi', [
      '请刷新页面后重试。',
      'Reload the page and try again.',
    ]),
  },
} as const satisfies Record<string, { kind: ErrorKind; words: Words }>

/** A code of the launch door. */
export type RefusalCode = keyof typeof refusals

/** A login or launch that the door does not let in. `reason` is for the log alone; the page shows the code. */
export class LaunchRefused extends ExpectedError {
  readonly kind: ErrorKind
  readonly code: RefusalCode
  readonly reason: string
  /** Whose launch it was, once that is known; for the log. */
  registrationId?: Id

  constructor(code: RefusalCode, reason: string, kind: ErrorKind = refusals[code].kind, cause?: unknown) {
    super(refusals[code].words.en[0], { cause })
    this.kind = kind
    this.code = code
    this.reason = reason
  }
}

/** The words for a code, or those for a request that cannot be read. */
export function wordsOf(code: string): Words {
  return Object.hasOwn(refusals, code) ? refusals[code as RefusalCode].words : general
}

const general = words('这一步没有完成', 'That did not work')

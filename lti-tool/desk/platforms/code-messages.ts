import type { RosterCode } from '../../rosters/roster.ts'
import type { ScoreCode } from '../../scores/score.ts'
import { catalogue, type Lang } from '../../web/messages.ts'

const words = catalogue(
  {
    REFUSED: '平台不接收：学员未选课，或其角色没有成绩',
    GONE: '平台上已没有这个成绩列或名单',
    FORBIDDEN: '平台不允许写入或读取',
    SCOPE_REFUSED: '平台没有授予所需的权限',
    UNAUTHENTICATED: '平台不承认访问令牌',
    CONFLICT: '平台上已有更新的成绩',
    BUSY: '平台繁忙，要求稍后再试',
    FAILING: '平台出错',
    TIMEOUT: '平台没有在限时内回应',
    NETWORK: '无法连接平台',
    TOKEN_UNAVAILABLE: '平台不发放访问令牌，通常是它取不到学时簿的公钥',
    CLOCK_AHEAD: '双方时钟不一致，请检查对时',
    FOREIGN_HOST: '地址不在平台登记的网址上',
    REDIRECTED: '平台把请求转到了别处',
    TOO_LARGE: '回应过大',
    UNREADABLE: '回应无法读取',
    PLATFORM_INACTIVE: '平台未启用',
    FUTURE_TIMESTAMP: '平台上记录的时间在未来',
    PLATFORM_GONE: '平台登记已移除',
    GIVEN_UP: '多次尝试无果，已停止',
    LOOP: '名单的分页绕回了自身',
    DUPLICATE: '名单的同一页上有重复的人',
  } satisfies Record<ScoreCode | RosterCode, string>,
  {
    REFUSED: 'not taken: the learner is not enrolled, or has a role without grades',
    GONE: 'the column or roster is gone from the platform',
    FORBIDDEN: 'the platform does not let us write or read it',
    SCOPE_REFUSED: 'the platform does not grant the scope that is needed',
    UNAUTHENTICATED: 'the platform does not take the access token',
    CONFLICT: 'a newer score is on record there',
    BUSY: 'the platform is busy and asks to come later',
    FAILING: 'the platform fails',
    TIMEOUT: 'the platform did not answer in time',
    NETWORK: 'the platform cannot be reached',
    TOKEN_UNAVAILABLE: 'the platform gives no access token; usually it cannot fetch our keys',
    CLOCK_AHEAD: 'the clocks disagree; check time synchronisation',
    FOREIGN_HOST: 'the address is not on a host of the platform',
    REDIRECTED: 'the platform sent the request elsewhere',
    TOO_LARGE: 'the answer is too large',
    UNREADABLE: 'the answer cannot be read',
    PLATFORM_INACTIVE: 'the platform is inactive',
    FUTURE_TIMESTAMP: 'a timestamp from the future is on record there',
    PLATFORM_GONE: 'the platform was removed',
    GIVEN_UP: 'given up after many attempts',
    LOOP: 'the pages of the roster lead in a circle',
    DUPLICATE: 'a page of the roster names somebody twice',
  },
)

/** What a code means, in words. */
export function codeSaid(code: ScoreCode | RosterCode, lang: Lang): string {
  return words(lang)(code)
}

import type { Lang } from '../web/messages.ts'
import { catalogue } from '../web/messages.ts'
import type { Finding } from './diagnosis.ts'

const text = catalogue(
  {
    active: '已启用，接受进入。',
    inactive: '未启用，教师还不能进入。|检查无误后启用。',
    'deployments-active': '{n} 个部署已批准。',
    'deployments-pending': '{n} 个部署等待批准。|核对后批准；不认识的不要批准。',
    'deployments-none': '还没有部署。|在平台的课程里打开一次学时簿，部署会列在这里，然后批准。',
    'keys-found': '取到 {n} 把可用的公钥。',
    'keys-none': '公钥地址 {url} 没有可用的 RSA 签名公钥（需要 kid）。|在平台上检查密钥设置。',
    'keys-unreadable': '公钥地址 {url} 的回答不是公钥集。|核对公钥地址；Moodle 为 …/mod/lti/certs.php。',
    'keys-status': '公钥地址 {url} 回答 {status}。|核对公钥地址；检查平台前面的防火墙和登录网关。',
    'keys-address':
      '公钥地址 {url} 在内部网络。|在服务器上运行 xueshi platform test，或把主机写入 PLATFORM_PRIVATE。',
    'keys-redirect': '公钥地址 {url} 转到了别处。|登记跳转之后的地址。',
    'keys-too-large': '公钥地址 {url} 的回答过大。|核对公钥地址。',
    'keys-timeout': '公钥地址 {url} 五秒内没有回答。|检查两台服务器之间的网络和防火墙。',
    'keys-tls': '公钥地址 {url} 的证书无法核实。|在平台上更换有效的证书，并带上中间证书。',
    'keys-network': '连接不到公钥地址 {url}。|检查域名解析、网络和防火墙。',
    'clock-even': '两台服务器的时钟一致。',
    'clock-ahead':
      '学时簿的时钟比平台快 {seconds} 秒。|两台服务器都用 NTP 校时；平台可能拒绝来自「未来」的请求。',
    'clock-behind': '学时簿的时钟比平台慢 {seconds} 秒。|两台服务器都用 NTP 校时；超过 60 秒的进入会被拒绝。',
    'clock-unknown': '平台没有说明它的时间。',
    'token-given': '平台认得学时簿，并签发了服务令牌。',
    'address-private':
      '{host} 在内部网络，没有去连接。|在服务器上运行 xueshi platform test，或把主机写入 PLATFORM_PRIVATE。',
    'scopes-all': '成绩、成绩列和名册的权限都已开放。',
    'scopes-some':
      '已开放：{granted}。未开放：{missing}。|需要时在平台的工具设置里开放；Moodle 的「服务」一节。',
    'scopes-none':
      '平台没有开放任何服务权限，成绩和名册都用不了。|在平台的工具设置里开放成绩与名册服务；Moodle 的「服务」一节。',
    'line-items-listed': '成绩册可以读取，最近一次进入的链接有 {n} 列。',
    'roster-listed': '名册可以读取，第一页有 {n} 人。',
    'not-offered':
      '最近一次进入没有带来这项服务的地址。|在平台的工具设置里开放这项服务后，再从课程打开一次。',
    'not-looked': '还不能检查。|从课程打开一次学时簿，并解决上面指出的问题（如有），然后再检查。',
    launched: '最近一次进入：{at}。',
    'never-launched': '还没有人从这个平台进入。|在平台的课程里打开一次学时簿，然后再检查。',
    REFUSED: '平台不接受请求（{host} 回答 {status}）。|查看平台的日志。',
    GONE: '服务地址不存在（{host} 回答 {status}）。|从课程重新打开一次学时簿，以取得新的地址。',
    FORBIDDEN: '平台拒绝了请求（{host} 回答 {status}）。|检查工具在平台上的服务权限。',
    SCOPE_REFUSED: '平台没有开放这项权限。|在平台的工具设置里开放。',
    UNAUTHENTICATED:
      '平台不接受它自己签发的令牌（{host} 回答 {status}）。|查看平台的日志，检查前面的网关是否去掉了 Authorization。',
    CONFLICT: '平台回答有冲突（{host} 回答 {status}）。|稍后再试。',
    BUSY: '平台很忙，暂不接受请求（{host} 回答 {status}）。|稍后再试。',
    FAILING: '平台出错（{host} 回答 {status}）。|查看平台的日志。',
    TIMEOUT: '平台十秒内没有回答（{host}）。|检查两台服务器之间的网络和平台的负载。',
    NETWORK: '连接不到 {host}。|检查域名解析、网络和防火墙。',
    TOKEN_UNAVAILABLE:
      '平台没有签发令牌（{host} 回答 {status}）。多半是平台取不到学时簿的公钥，或不认得 client_id。|在平台服务器上打开学时簿的 …/lti/jwks 试一试；核对 client_id；Moodle 还要检查「HTTP 安全」里屏蔽的主机和允许的端口。',
    CLOCK_AHEAD: '平台认为学时簿的请求来自未来。|两台服务器都用 NTP 校时。',
    FOREIGN_HOST: '服务地址不在这个登记的服务来源里。|如果属于这个平台，把它加入「服务来源」。',
    REDIRECTED: '平台把请求转到了别处（{host}）。|登记跳转之后的地址；检查平台前面是否有登录网关。',
    TOO_LARGE: '平台的回答过大（{host}）。|查看平台的日志。',
    UNREADABLE: '平台的回答读不懂（{host}）。|检查平台前面是否有登录网关；查看平台的日志。',
    PLATFORM_INACTIVE: '登记未启用。|先启用。',
  },
  {
    active: 'Active: launches are taken.',
    inactive: 'Not active: nobody can come in.|Activate it when the rest is right.',
    'deployments-active': '{n} deployments are approved.',
    'deployments-pending': '{n} deployments wait for approval.|Approve those you know, and no others.',
    'deployments-none':
      'No deployment yet.|Open Xueshi once from a course; the deployment is then listed here. Approve it.',
    'keys-found': '{n} usable public keys.',
    'keys-none':
      'The key set at {url} has no RSA key for signatures with a kid.|Check the keys on the platform.',
    'keys-unreadable':
      'What {url} answers is no key set.|Compare the key set address; on Moodle it is …/mod/lti/certs.php.',
    'keys-status':
      'The key set at {url} was answered with {status}.|Compare the address; look at firewalls and sign-in gateways in front of the platform.',
    'keys-address':
      'The key set at {url} lies in a private network.|Run `xueshi platform test` on the server, or name the host in PLATFORM_PRIVATE.',
    'keys-redirect': 'The key set at {url} leads elsewhere.|Register the address it leads to.',
    'keys-too-large': 'What {url} answers is too large for a key set.|Compare the key set address.',
    'keys-timeout':
      'The key set at {url} was not answered within five seconds.|Check network and firewalls between the servers.',
    'keys-tls':
      'The certificate of {url} cannot be verified.|Give the platform a valid certificate with its intermediates.',
    'keys-network': '{url} cannot be reached.|Check name resolution, network and firewalls.',
    'clock-even': 'The clocks of both servers agree.',
    'clock-ahead':
      'Our clock is {seconds} s ahead of the platform’s.|Let both servers keep time by NTP: platforms refuse what comes from the future.',
    'clock-behind':
      'Our clock is {seconds} s behind the platform’s.|Let both servers keep time by NTP: beyond 60 s launches are refused.',
    'clock-unknown': 'The platform did not say what time it has.',
    'token-given': 'The platform knows us and gives service tokens.',
    'address-private':
      '{host} lies in a private network and was not asked.|Run `xueshi platform test` on the server, or name the host in PLATFORM_PRIVATE.',
    'scopes-all': 'Scores, columns and rosters are all granted.',
    'scopes-some':
      'Granted: {granted}. Not granted: {missing}.|Grant what you need in the tool’s settings; on Moodle under “Services”.',
    'scopes-none':
      'No service is granted, so neither scores nor rosters work.|Grant grades and names in the tool’s settings; on Moodle under “Services”.',
    'line-items-listed': 'The gradebook can be read; the link of the last launch has {n} columns.',
    'roster-listed': 'The roster can be read; its first page holds {n} people.',
    'not-offered':
      'The last launch brought no address of this service.|Grant the service in the tool’s settings, then open Xueshi from a course again.',
    'not-looked':
      'Not checked yet.|Open Xueshi once from a course, mend what is named above if anything is, then test again.',
    launched: 'Last launch: {at}.',
    'never-launched':
      'Nobody has come from this platform yet.|Open Xueshi once from a course, then test again.',
    REFUSED: 'The platform refused the request ({host} answered {status}).|Look at its log.',
    GONE: 'The service address is gone ({host} answered {status}).|Open Xueshi from the course again, which brings a new one.',
    FORBIDDEN: 'The platform forbids it ({host} answered {status}).|Check the services granted to the tool.',
    SCOPE_REFUSED: 'This scope is not granted.|Grant it in the tool’s settings.',
    UNAUTHENTICATED:
      'The platform refused its own token ({host} answered {status}).|Look at its log; a gateway may take the Authorization header away.',
    CONFLICT: 'The platform reports a conflict ({host} answered {status}).|Try again later.',
    BUSY: 'The platform is busy ({host} answered {status}).|Try again later.',
    FAILING: 'The platform failed ({host} answered {status}).|Look at its log.',
    TIMEOUT:
      'The platform did not answer within ten seconds ({host}).|Check the network between the servers, and its load.',
    NETWORK: '{host} cannot be reached.|Check name resolution, network and firewalls.',
    TOKEN_UNAVAILABLE:
      'The platform gave no token ({host} answered {status}). Most often it cannot fetch our keys, or does not know the client_id.|Open our …/lti/jwks from the platform’s server; compare the client_id; on Moodle look at blocked hosts and allowed ports under “HTTP security”.',
    CLOCK_AHEAD: 'The platform takes our request for one from the future.|Let both servers keep time by NTP.',
    FOREIGN_HOST:
      'The service address is not on a service origin of this registration.|Add it if it belongs to the platform.',
    REDIRECTED:
      'The platform sent the request elsewhere ({host}).|Register the address it leads to; a sign-in gateway may stand in front of it.',
    TOO_LARGE: 'The answer of the platform is too large ({host}).|Look at its log.',
    UNREADABLE:
      'The answer of the platform cannot be read ({host}).|A sign-in gateway may stand in front of it; look at its log.',
    PLATFORM_INACTIVE: 'The registration is not active.|Activate it first.',
  },
)

/** What a finding says, and what to do about it; nothing to do where all is well. */
export function sentencesOf(lang: Lang, { code, values }: Finding): { says: string; do: string | null } {
  const [says = '', todo] = text(lang)(code, values).split('|')
  return { says, do: todo ?? null }
}

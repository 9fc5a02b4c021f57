import { catalogue } from '../web/messages.ts'

/** Texts of the pages on which a platform is registered by its link. A platform's administrator reads them. */
export const registerText = catalogue(
  {
    confirmTitle: '登记学习平台',
    confirmLead: '学时簿将读取下面这个平台的配置，并在平台上登记为外部工具。登记后由区级管理员启用。',
    host: '平台',
    update: '更新已有的登记，密钥不变。',
    columns: '学时簿将请求在成绩册中建立列。',
    confirm: '确认登记',
    closes: '这个链接只能使用一次，签发后一小时内有效。',
    registered: '登记完成，等待启用',
    updated: '登记已更新',
    registeredLead:
      '请区级管理员在学时簿「平台」页启用；同时在平台的工具列表里启用「学时簿」。在此之前教师还不能进入。',
    updatedLead: '新的地址已经生效，密钥和启用状态不变。',
    issuer: 'Issuer（Platform ID）',
    clientId: 'Client ID',
    deploymentId: 'Deployment ID',
    deploymentLater: '平台没有提供；第一次打开时会列在学时簿「平台」页，由区级管理员批准。',
    close: '关闭',
    refusedTitle: '登记没有完成',
    again: '请改正后，向区级管理员要一个新的登记链接。',
    f_address: '平台给出的配置地址不在 {host} 上，或不是 https。请核对登记链接是为哪个平台签发的。',
    f_status: '平台对{what}回答 {status}。',
    f_fetch_address:
      '{what}的地址指向内部网络。如果平台确实在内部网络，请系统运维把它写入 PLATFORM_PRIVATE。',
    f_fetch_redirect: '平台把{what}转到了别处，学时簿不会跟随。',
    f_fetch_too_large: '平台对{what}的回答过大。',
    f_fetch_timeout: '平台没有在五秒内回答{what}。',
    f_fetch_tls: '平台的证书无法核实（{what}）。',
    f_fetch_network: '连接不到平台（{what}）。请检查域名和防火墙。',
    what_configuration: '读取配置',
    what_registration: '登记请求',
    f_field_unreadable: '平台的配置读不懂：不是 OpenID 配置，或缺少必需的项。',
    f_field_issuer: '配置里的 issuer 不是受邀的平台。',
    f_field_address:
      '配置里的 {field} 不在受邀的平台上。如果平台分布在几个域名上，请区级管理员签发链接时一并写明。',
    f_field_messages_supported: '平台不提供 LtiResourceLinkRequest，教师无法从课程进入。',
    f_field_method: '平台不支持学时簿使用的 {field}（private_key_jwt、RS256）。',
    f_answer: '平台接受了请求，但回答里没有 client_id。',
    f_exists: '这个 issuer 和 client_id 已经登记过。要更新它，请区级管理员签发更新用的链接。',
    f_other:
      '平台登记的是另一个 client_id，而这个链接只用来更新原有的登记。请在平台上选择「更新」，不要新建。',
  },
  {
    confirmTitle: 'Register a learning platform',
    confirmLead:
      'Xueshi will read the configuration of this platform and register itself there as an external tool. An administrator of the district then activates it.',
    host: 'Platform',
    update: 'Updates the registration that is there; its keys stay.',
    columns: 'Xueshi will ask to make columns of the gradebook.',
    confirm: 'Register',
    closes: 'This link works once, within an hour after it was made.',
    registered: 'Registered; waiting to be activated',
    updated: 'Registration updated',
    registeredLead:
      'An administrator of the district activates it on the page “Platforms” of Xueshi; activate the tool on your platform too. Until then nobody can come in.',
    updatedLead: 'The new addresses are in force; keys and state are as before.',
    issuer: 'Issuer (Platform ID)',
    clientId: 'Client ID',
    deploymentId: 'Deployment ID',
    deploymentLater:
      'Not given by the platform: the first launch lists it in Xueshi, where the district approves it.',
    close: 'Close',
    refusedTitle: 'Nothing was registered',
    again: 'Mend it, and ask the district for a new registration link.',
    f_address:
      'The configuration that the platform names does not lie on {host}, or not on https. For which platform was this link made?',
    f_status: 'To {what} the platform answered {status}.',
    f_fetch_address:
      'The address for {what} leads into a private network. If the platform really is there, the operator names it in PLATFORM_PRIVATE.',
    f_fetch_redirect: 'The platform sent {what} elsewhere, which Xueshi does not follow.',
    f_fetch_too_large: 'The answer to {what} is too large.',
    f_fetch_timeout: 'The platform did not answer {what} within five seconds.',
    f_fetch_tls: 'The certificate of the platform cannot be verified ({what}).',
    f_fetch_network: 'The platform cannot be reached ({what}). Check its name and the firewalls.',
    what_configuration: 'the request for its configuration',
    what_registration: 'the registration',
    f_field_unreadable:
      'The configuration cannot be read: it is no OpenID configuration, or something required is missing.',
    f_field_issuer: 'The issuer in the configuration is not the platform that was invited.',
    f_field_address:
      '{field} in the configuration does not lie on the platform that was invited. If the platform has several hosts, the district names them when it makes the link.',
    f_field_messages_supported:
      'The platform does not offer LtiResourceLinkRequest, so nobody could come in from a course.',
    f_field_method: 'The platform does not take what Xueshi uses for {field} (private_key_jwt, RS256).',
    f_answer: 'The platform took the request but named no client_id.',
    f_exists:
      'This issuer and client_id are registered already. To update them, ask the district for an update link.',
    f_other:
      'The platform registered another client_id, and this link only updates the one that is there. Choose “update” on the platform, not a new tool.',
  },
)

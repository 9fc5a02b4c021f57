import { catalogue } from '../../web/messages.ts'

/** Texts about the signatures of webhooks. */
export const signingText = catalogue(
  {
    signing: 'Webhook 签名',
    signed: '须签名',
    unsigned: '不验签',
    signingLead:
      '平台（如 360Learning）用签名密钥为每次推送签名。填写后，没有签名、签名不符或超过五分钟的推送一律拒收；已签名的推送可以不带密钥名和密钥。',
    signingSecret: '签名密钥',
    signingHint: '从平台的 Webhook 设置里复制，保存后不再显示。平台更换密钥时在此填写新的。',
    doSign: '保存签名密钥',
    stopSigning: '不再验签',
    signingDone: '签名设置已保存。',
  },
  {
    signing: 'Signed webhooks',
    signed: 'have to be signed',
    unsigned: 'not checked',
    signingLead:
      'A platform such as 360Learning signs each webhook. Once its secret stands here, what is unsigned, signed otherwise or older than five minutes is refused; what is signed needs no key.',
    signingSecret: 'Signing secret',
    signingHint:
      'As the webhook settings of the platform show it; never shown again. Enter the new one when it is rotated.',
    doSign: 'Save the secret',
    stopSigning: 'Check no signatures',
    signingDone: 'Saved.',
  },
)

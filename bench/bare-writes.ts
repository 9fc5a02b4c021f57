import mysql, { type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'

/** What a launch leaves in the tables, in the order of their columns. */
export interface Row {
  launchId: Buffer
  personId: Buffer
  sub: string
  personKey: Buffer
  name: string
  messageType: string
  course: (string | undefined)[]
  link: (string | undefined)[]
  roles: Buffer
  services: (string | undefined)[]
  shown: (string | undefined)[]
  product: (string | undefined)[]
}

/** Writes a launch in one transaction. False when its login was used already; then nothing is written. */
export type Write = (state: string, row: Row, codeHash: Buffer) => Promise<boolean>

type Login = { nonce: string; binding_hash: Buffer } & RowDataPacket

const readLogin = 'SELECT nonce, binding_hash FROM lti_login WHERE state = ? AND expires_at > ?'
const useLogin = 'DELETE FROM lti_login WHERE state = ?'
const keepPerson = `INSERT INTO lti_person (person_id, iss, sub, identifier_key, shared_name, first_seen_at, last_seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE last_seen_at = VALUES(last_seen_at), shared_name = VALUES(shared_name)`
const readPerson = 'SELECT person_id FROM lti_person WHERE identifier_key = ?'
const keepLaunch = `INSERT INTO lti_launch (launch_id, launched_at, message_type, registration_id, person_id, iss, client_id,
deployment_id, sub, course_id, course_label, course_title, course_type, resource_link_id, resource_link_title, roles,
launch_roles, is_test, line_item_url, line_items_url, ags_scopes, memberships_url, document_target, locale, return_url,
platform_family, platform_version) VALUES (${Array(27).fill('?').join()})`
const keepCode = 'INSERT INTO lti_handover (code_hash, launch_id, expires_at) VALUES (?, ?, ?)'

/** A pool on the product's own tables, as large as the product's, with the isolation level it uses. */
export function createPool(env: NodeJS.ProcessEnv) {
  const { BARE_SOCKET, BARE_DATABASE, BARE_ISSUER, BARE_CLIENT, BARE_DEPLOYMENT, BARE_REGISTRATION } = env
  const pool = mysql.createPool({
    socketPath: BARE_SOCKET as string,
    user: 'root',
    database: BARE_DATABASE as string,
    charset: 'utf8mb4_bin',
    connectionLimit: 10,
    multipleStatements: true,
  })
  pool.on('connection', (connection) => {
    void connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  })
  const registration = Buffer.from(BARE_REGISTRATION as string, 'hex')

  const personOf = ({ personId, sub, personKey, name }: Row, at: number) => [
    personId,
    BARE_ISSUER,
    sub,
    personKey,
    name,
    at,
    at,
  ]
  const launchOf = (row: Row, personId: Buffer, at: number) =>
    [
      row.launchId,
      at,
      row.messageType,
      registration,
      personId,
      BARE_ISSUER,
      BARE_CLIENT,
      BARE_DEPLOYMENT,
      row.sub,
      ...row.course,
      ...row.link,
      row.roles,
      'learner',
      0,
      ...row.services,
      ...row.shown,
      ...row.product,
    ].map((value) => value ?? null)

  const oneByOne: Write = async (state, row, codeHash) => {
    const at = Date.now() * 1000
    const connection = await pool.getConnection()
    try {
      await connection.query('BEGIN')
      const [used] = await connection.execute<ResultSetHeader>(useLogin, [state])
      if (used.affectedRows !== 1) {
        await connection.query('ROLLBACK')
        return false
      }
      await connection.execute(keepPerson, personOf(row, at) as never)
      const [[person]] = await connection.execute<RowDataPacket[]>(readPerson, [row.personKey])
      await connection.execute(keepLaunch, launchOf(row, person?.person_id, at) as never)
      await connection.execute(keepCode, [codeHash, row.launchId, at + 60_000_000])
      await connection.query('COMMIT')
      return true
    } finally {
      connection.release()
    }
  }

  const fewestWaits: Write = async (state, row, codeHash) => {
    const at = Date.now() * 1000
    const connection = await pool.getConnection()
    try {
      const taking = `BEGIN;${useLogin};${keepPerson};${readPerson}`
      const [[, used, , [person]]] = (await connection.query(taking, [
        state,
        ...personOf(row, at),
        row.personKey,
      ])) as unknown as [[unknown, ResultSetHeader, unknown, RowDataPacket[]]]
      if (used.affectedRows !== 1) {
        await connection.query('ROLLBACK')
        return false
      }
      const keeping = `${keepLaunch};${keepCode};COMMIT`
      const values = [...launchOf(row, person?.person_id, at), codeHash, row.launchId, at + 60_000_000]
      await connection.query(keeping, values)
      return true
    } finally {
      connection.release()
    }
  }

  return {
    oneByOne,
    fewestWaits,
    async login(state: string): Promise<Login | undefined> {
      const [[login]] = await pool.execute<Login[]>(readLogin, [state, Date.now() * 1000])
      return login
    },
  }
}

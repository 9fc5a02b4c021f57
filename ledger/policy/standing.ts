import type { Id } from '../../foundation/ids.ts'
import type { ClaimAct } from '../claims/claim.ts'

/** What the acts on one claim amount to. */
export interface Standing {
  /** Void, superseded or expired: for good. */
  isWithdrawn: boolean
  isRejected: boolean
  isHeld: boolean
  /** A person let it go after it was held or flagged. */
  isReleased: boolean
  isChecked: boolean
  isRecognised: boolean
  isAdmittedLate: boolean
  /** The value a person decided; null where policy decides. */
  decidedMilliHours: number | null
}

const untouched: Standing = {
  isWithdrawn: false,
  isRejected: false,
  isHeld: false,
  isReleased: false,
  isChecked: false,
  isRecognised: false,
  isAdmittedLate: false,
  decidedMilliHours: null,
}

/** Folds the acts, by claim and in the order of their numbers. Claims without acts are absent: see `standingOf`. */
export function standings(acts: ClaimAct[]): Map<Id, Standing> {
  const found = new Map<Id, Standing>()
  for (const act of [...acts].sort((a, b) => a.actNo - b.actNo)) {
    found.set(act.claimId, after(found.get(act.claimId) ?? untouched, act))
  }
  return found
}

/** What stands for a claim; one without acts is untouched. */
export function standingOf(found: Map<Id, Standing>, claimId: Id): Standing {
  return found.get(claimId) ?? untouched
}

function after(standing: Standing, { kind, valueMilliHours }: ClaimAct): Standing {
  switch (kind) {
    case 'school_check':
      return { ...standing, isChecked: true, isRejected: false }
    case 'recognise': {
      const decidedMilliHours = valueMilliHours ?? standing.decidedMilliHours
      return { ...standing, isRecognised: true, isRejected: false, decidedMilliHours }
    }
    case 'reject':
      return { ...standing, isRejected: true, isRecognised: false }
    case 'hold':
      return { ...standing, isHeld: true, isReleased: false }
    case 'release':
      return { ...standing, isHeld: false, isReleased: true }
    case 'admit_late':
      return { ...standing, isAdmittedLate: true }
    case 'void':
    case 'expire':
    case 'supersede':
      return { ...standing, isWithdrawn: true }
  }
}

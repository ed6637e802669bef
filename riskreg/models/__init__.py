"""The records of riskreg: organisation, people, matrices, plans, risks, and the seals of the trail.

A model may import the ground floor, its neighbours, and access (inside its methods only); nothing above (contract
rooms-of-riskreg). Begin reading in `risk`, then `plan` and `unit`.
"""

from riskreg.models.anchor import Anchor
from riskreg.models.deputyship import Deputyship
from riskreg.models.matrix import ImpactLevel, LikelihoodLevel, RiskBand, RiskMatrix
from riskreg.models.membership import Membership, Role
from riskreg.models.plan import ControlPlan
from riskreg.models.plan_version import PlanVersion
from riskreg.models.risk import Risk, RiskCategory
from riskreg.models.risk_span import RiskSpan
from riskreg.models.seal import Seal, SealedRow, Tombstone, Verification
from riskreg.models.unit import Unit
from riskreg.models.unsent import Unsent
from riskreg.models.user import User

__all__ = [
    "Anchor",
    "ControlPlan",
    "Deputyship",
    "ImpactLevel",
    "LikelihoodLevel",
    "Membership",
    "PlanVersion",
    "Risk",
    "RiskBand",
    "RiskCategory",
    "RiskMatrix",
    "RiskSpan",
    "Role",
    "Seal",
    "SealedRow",
    "Tombstone",
    "Unit",
    "Unsent",
    "User",
    "Verification",
]

"""Every message of the Commissariaat-generaal, of every version: who says it, to whom, and what it means."""

from cg_contracts import audit, innovation, integrity, org, oversight, screening

__version__ = "0.1.0"

__all__ = ["__version__", "audit", "innovation", "integrity", "org", "oversight", "screening"]

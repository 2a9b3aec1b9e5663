"""Every message of the Commissariaat-generaal, of every version: who says it, to whom, and what it means."""

from cg_contracts import org, screening

__all__ = ["org", "screening"]

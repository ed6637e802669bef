from riskreg.admin import deputyship, matrix, organisation, plan, references, risk

__all__ = ["deputyship", "matrix", "organisation", "plan", "references", "risk"]

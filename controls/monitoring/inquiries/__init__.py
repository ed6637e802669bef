"""Inquiries: questions put to authorities and companies about a company, and what the answers were.

The room belongs to monitoring and may import what that may. Begin reading in `verbs`.
"""

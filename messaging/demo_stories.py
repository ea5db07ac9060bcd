"""What the simulated systems tell each other: fictional operators and systems, none of them exists."""

from typing import NamedTuple


class Story(NamedTuple):
    """A fictional AI system and what went wrong with it."""

    system: str
    version: str
    provider: str
    country: str
    purpose: str
    risk: str
    incident: str


STORIES = (
    Story(
        "Veridia Recruit",
        "4.2",
        "Veridia Systems (fictional)",
        "FR",
        "Ranks job applications before a person reads them.",
        "Applicants over 50 are ranked last whatever their experience.",
        "Applicants over 50 rejected by an automated shortlist",
    ),
    Story(
        "Lumen Triage",
        "2.0.1",
        "Lumen Health Software (fictional)",
        "DE",
        "Orders patients in an emergency department by urgency.",
        "Atypical signs of a heart attack in women are rated as not urgent.",
        "Patient with a heart attack left waiting for four hours",
    ),
    Story(
        "Portcullis Gate",
        "1.9",
        "Aldgate Biometrics (fictional)",
        "NL",
        "Compares travellers' faces with their documents.",
        "False rejections are nine times as frequent for darker skin.",
        "Travellers held back after repeated false rejections",
    ),
    Story(
        "CrediScope",
        "7.1",
        "Finvera Analytics (fictional)",
        "EE",
        "Estimates the creditworthiness of natural persons.",
        "The postal code alone decides one application in six.",
        "Loans refused to a whole district",
    ),
    Story(
        "GridMind Balance",
        "3.4",
        "Norvolt Control (fictional)",
        "SE",
        "Balances load in a regional electricity network.",
        "A wrong forecast can switch off supply to hospitals.",
        "Supply to a hospital interrupted for eleven minutes",
    ),
    Story(
        "Proctora Exam",
        "5.0",
        "Proctora Education (fictional)",
        "IE",
        "Watches students during examinations for prohibited behaviour.",
        "Students with involuntary movements are reported as cheating.",
        "Student with a disability excluded from an examination",
    ),
)

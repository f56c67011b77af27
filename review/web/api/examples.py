"""What requests look like, for who reads the document rather than the schemas."""

from __future__ import annotations

from typing import Any

_BODIES: dict[str, list[dict[str, Any]]] = {
    "DecisionBody": [
        {"verb": "decline", "version": 3, "reasons": ["not-started"]},
        {"verb": "ask", "version": 3, "reasons": ["pitch-short"], "asked": ["pitch"]},
        {"verb": "duplicate", "version": 3, "reasons": ["same-show"], "duplicate_of": 17},
        {"verb": "approve", "version": 3, "subject": "Welcome", "text": "Your show has a place.\n\n[[show-link]]\n"},
    ],
    "SnoozeBody": [{"days": 7}],
    "NoteBody": [{"body": "@rosa, is this the show from last year?"}],
    "TagBody": [{"word": "needs ears"}],
    "AssigneeBody": [{"person": 2}, {"person": None}],
    "ColleagueBody": [{"person": 2}],
    "PointsBody": [{"points": [{"criterion": 1, "points": 4}]}],
    "AddressBody": [{"email": "maren@mail.example"}],
    "ViewBody": [{"name": "Finnish, unread", "narrowing": {"language": "fi", "state": "submitted"}}],
    "BatchBody": [{"verb": "decline", "narrowing": {"feed": "broken"}, "reasons": ["feed-broken"]}],
    "LeaveOutBody": [{"application": 17, "out": True}],
    "NewReasonBody": [{"verb": "decline", "label": "Too loud", "sentence": "The level of the recording hurts."}],
    "WordedBody": [{"label": "Too loud", "sentence": "Die Aufnahme ist zu laut.", "language": "de"}],
    "RetiredBody": [{"retired": True}],
    "CriterionBody": [{"name": "Voice", "weight": 2, "guidance": ["nothing to hear", "", "", "", "cannot stop"]}],
    "BlindBody": [{"blind": True}],
    "ProgrammeBody": [
        {"name": "Schools plan", "places": 12, "rules": "Pupils speak.", "opens_at": "2027-03-01T08:00:00+01:00"}
    ],
    "OfferedBody": [{"offered": True}],
    "QuestionBody": [{"kind": "choice", "wording": "What kind of school?", "choices": ["Primary", "Secondary"]}],
    "WordingBody": [{"subject": "About {title}", "text": "Dear {name},\n\n{reasons}\n\n[[status-link]]"}],
    "TableBody": [
        {"name": "backlog.csv", "csv": "Name,E-mail,Podcast,Why\nMaren,maren@mail.example,Harbour Kitchen,Soup.\n"}
    ],
    "ColumnsBody": [{"columns": [{"field": "name", "column": 0}], "dates": "mdy", "language": "en"}],
    "SwitchBody": [{"active": False}],
    "AlertsBody": [{"alerts": [{"condition": "new"}, {"condition": "backlog", "number": 30}]}],
    "DigestBody": [{"digest": "weekly"}],
    "LetterPreview": [{"subject": "Your application for Harbour Kitchen", "text": "Hello Maren, …\n"}],
    "Problem": [
        {
            "type": "urn:greenroom:problem:wrong-state",
            "title": "Somebody was first",
            "status": 409,
            "detail": "Nothing was changed: meanwhile the application is “approved”.",
            "state": "approved",
            "verb": "approve",
            "by": "Linus Adeyemi",
            "at": "2027-03-01T09:30:00+00:00",
        },
        {
            "type": "urn:greenroom:problem:invalid",
            "title": "That cannot be read",
            "status": 422,
            "detail": "The request is not what the document of this API describes.",
            "errors": [{"field": "days", "message": "Input should be 1, 3, 7 or 14"}],
        },
    ],
}

EXAMPLES = {name: {"examples": examples} for name, examples in _BODIES.items()}

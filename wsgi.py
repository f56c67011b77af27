"""The WSGI entry point."""

from review.app import create_app

app = create_app()

"""Gunicorn's settings. Threads, because a download or a slow phone must not hold a process."""

worker_class = "gthread"
workers = 1
threads = 16
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 0
accesslog = None
loglevel = "warning"
control_socket_disable = True

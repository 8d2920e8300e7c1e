"""What a bundle on this machine keeps in a folder, over restarts and crashes.

One file, one transaction for each write of a service, as AWS has them: what is atomic there is atomic here,
and a crash between two writes leaves what it would leave there.
"""

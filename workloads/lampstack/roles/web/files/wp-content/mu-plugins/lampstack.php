<?php
// WordPress would ask its own public address while it is installed: not every cloud leads a server to that, and it would wait twenty seconds
add_filter('block_local_requests', '__return_true');

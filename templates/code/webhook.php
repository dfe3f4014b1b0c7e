<?php
$secret = 'SECRET';
$body = file_get_contents('php://input');
$sent = isset($_SERVER['HTTP_HUB_SIGNATURE']) ? $_SERVER['HTTP_HUB_SIGNATURE'] : '';
$time = preg_match('/t=(\d+)/', $sent, $found) ? (int) $found[1] : 0;
preg_match_all('/v1=([0-9a-f]{64})/', $sent, $signatures);
$wanted = hash_hmac('sha256', $time . '.' . $body, $secret);
$valid = false;
foreach ($signatures[1] as $signature) {
    $valid = hash_equals($wanted, $signature) || $valid;
}
if (!$valid || abs(time() - $time) > 300) {
    http_response_code(403);
    exit('wrong signature');
}
$event = json_decode($body, true);
// An event may come twice: $event['id'] is the same then. Keep it, and skip what you have seen.
echo $event['lead']['oid'], ' ', $event['lead']['status'];
